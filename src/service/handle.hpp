// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

#include <inhaul/util/handle.hpp>

namespace inhaul::service {

using CText = Handle<char, std::free>;

}  // namespace inhaul::service
