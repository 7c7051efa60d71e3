// SPDX-License-Identifier: BSD-3-Clause
// Compiling is passing.
#include "plait/core/ratio.hpp"

#include <doctest/doctest.h>

using plait::ratio;

namespace {

static_assert(ratio{} == ratio{1, 2});
static_assert(ratio{3, 8}.splits() && ratio{1, 8}.splits() && ratio{7, 8}.splits());
static_assert(!ratio{0, 8}.splits() && !ratio{8, 8}.splits() && !ratio{9, 8}.splits());
static_assert(!ratio{-1, 8}.splits() && !ratio{1, 0}.splits() && !ratio{1, -8}.splits());

static_assert(ratio{3, 8}.divides(96) && ratio{3, 8}.of(96) == 36);
static_assert(ratio{3, 8}.divides(240) && ratio{3, 8}.of(240) == 90);
static_assert(!ratio{3, 8}.divides(116) && !ratio{3, 8}.divides(60));
static_assert(ratio{6, 16}.divides(24) && ratio{6, 16}.of(24) == 9);
static_assert(ratio{1, 2}.of(116) == 58);

}  // namespace

TEST_CASE("ratios are constants") { CHECK(ratio{3, 8}.of(192) == 72); }
