// SPDX-License-Identifier: BSD-3-Clause
// A small program of somebody else's, which shows that the headers and what they need are found.
#include <cstdio>

#include "plait/plait.hpp"
#include "tiny.hpp"

static_assert(tiny::macs == 8 * 8 * 3 * 9 * 8 + 8 * 2);

int main() {
    std::printf("Plait %d.%d.%d\n", PLAIT_VERSION_MAJOR, PLAIT_VERSION_MINOR, PLAIT_VERSION_PATCH);
    const auto model = plait::load<tiny>("there is no such file");
    return model ? 1 : 0;
}
