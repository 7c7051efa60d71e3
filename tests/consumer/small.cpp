// SPDX-License-Identifier: BSD-3-Clause
// A small program of somebody else's, which shows that the headers and what they need are found, and that
// libraries for JSON may come before and after them.
#include <cstdio>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#endif

#include "plait/plait.hpp"
#include "tiny.hpp"

#if __has_include(<rapidjson/reader.h>)
#include <rapidjson/reader.h>
#endif

static_assert(tiny::macs == 8 * 8 * 3 * 9 * 8 + 8 * 2);

int main() {
    std::printf("Plait %d.%d.%d\n", PLAIT_VERSION_MAJOR, PLAIT_VERSION_MINOR, PLAIT_VERSION_PATCH);
    const auto model = plait::load<tiny>("there is no such file");
    return model ? 1 : 0;
}
