// SPDX-License-Identifier: BSD-3-Clause
// Compiling is passing.
#include "plait/core/shape.hpp"

#include <type_traits>

#include <doctest/doctest.h>

using plait::extent;
using plait::shape;

namespace {

constexpr shape picture{.channels = 3, .height = 48, .width = 80};
static_assert(picture.plane() == extent{48, 80});
static_assert(picture.pixels() == 48 * 80);
static_assert(picture.elements() == 3 * 48 * 80);
static_assert(picture == shape{3, 48, 80});
static_assert(picture != shape{3, 80, 48});
static_assert(shape{} == shape{1, 1, 1});

static_assert(extent{48, 80}.pixels() == 3840);
static_assert(extent{48, 80} / 16 == extent{3, 5});
static_assert(extent{3, 5} * 16 == extent{48, 80});
static_assert(extent{48, 80}.divisible_by(16));
static_assert(!extent{48, 80}.divisible_by(32));
static_assert(!extent{48, 81}.divisible_by(2) && !extent{47, 80}.divisible_by(2));

static_assert(std::is_trivially_copyable_v<shape> && std::is_aggregate_v<shape>);

}  // namespace

TEST_CASE("shapes are constants") { CHECK(picture.elements() == 11520); }
