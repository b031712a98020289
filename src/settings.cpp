// SPDX-License-Identifier: Apache-2.0
#include <inhaul/settings.hpp>

namespace inhaul {
namespace {

constexpr std::string_view below{"/events"};

}  // namespace

std::string gosmee_stream(const std::string& channel) {
    const auto slash = channel.rfind('/');
    return channel.substr(0, slash) + std::string{below} + channel.substr(slash);
}

std::string webhook_address(const std::string& channel) {
    const auto slash = channel.rfind('/');
    auto parent = channel.substr(0, slash);
    if (!parent.ends_with(below)) return channel;
    parent.resize(parent.size() - below.size());
    return parent + channel.substr(slash);
}

}  // namespace inhaul
