// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

int main(int argc, char** argv) {
    return static_cast<int>(inhaul::cli::main(argc, argv));
}
