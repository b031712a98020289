// SPDX-License-Identifier: Apache-2.0
#include <inhaul/verdict.hpp>

namespace inhaul {

bool judges_commit(const Error& cause) {
    return leads_back(cause) && !cause.transient;
}

bool leads_back(const Error& cause) {
    return cause.code == ErrorCode::failed ||
           (cause.code == ErrorCode::timeout && !cause.transient);
}

}  // namespace inhaul
