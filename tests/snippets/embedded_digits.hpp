// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What CMake's plait_embed_weights makes.

#include <cstdio>

#include "plait/embed/embedded.hpp"
#include "plait/models/augshufflenet.hpp"

struct digits_weights {
    static constexpr std::uint64_t packing = plait::executor<plait::augshufflenet_x0_5<10>>::packing;
    static constexpr long long count = plait::executor<plait::augshufflenet_x0_5<10>>::packed_size;
    static const float* values();
};

using digits = plait::embedded<plait::augshufflenet_x0_5<10>, digits_weights>;
