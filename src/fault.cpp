// SPDX-License-Identifier: Apache-2.0
#include <inhaul/fault.hpp>

namespace inhaul {

bool is_commit_fault(const Error& cause) {
    return causes_rollback(cause) && !cause.transient;
}

bool causes_rollback(const Error& cause) {
    return cause.code == ErrorCode::failed ||
           (cause.code == ErrorCode::timeout && !cause.transient);
}

}  // namespace inhaul
