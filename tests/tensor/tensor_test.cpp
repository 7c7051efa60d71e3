// SPDX-License-Identifier: BSD-3-Clause
#include "plait/tensor/tensor.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <type_traits>

#include <doctest/doctest.h>

using plait::shape;
using plait::tensor;

namespace {

using small = tensor<float, shape{2, 3, 4}>;

static_assert(std::is_trivially_copyable_v<small>);
static_assert(std::is_aggregate_v<small>);
static_assert(std::is_standard_layout_v<small>);
static_assert(alignof(small) == plait::cache_line_bytes);
static_assert(alignof(tensor<signed char, shape{1, 1, 1}>) == plait::cache_line_bytes);
static_assert(small::size() == 24 && small::dimensions == shape{2, 3, 4});
static_assert(std::is_same_v<small::value_type, float>);

constexpr small counted() {
    small t;
    for (int i = 0; i < t.size(); ++i) t[i] = static_cast<float>(i);
    return t;
}

// A value like any other in constant expressions.
static_assert(small{}(1, 2, 3) == 0);
static_assert(counted()(0, 0, 0) == 0 && counted()(1, 0, 0) == 12 && counted()(1, 2, 3) == 23);
static_assert(counted()(0, 1, 2) == counted()[6]);
static_assert(*counted().channel(1) == 12);
static_assert(counted() == counted() && counted() != small{});
static_assert(tensor<int, shape{2, 1, 2}>{{1, 2, 3, 4}}(1, 0, 1) == 4);

constexpr float sum(const small& t) {
    float total = 0;
    for (float value : t) total += value;
    return total;
}
static_assert(sum(counted()) == 276);

}  // namespace

TEST_CASE("a tensor lies on a cache line, channel by channel and row by row") {
    small t = counted();
    CHECK(reinterpret_cast<std::uintptr_t>(t.data()) % plait::cache_line_bytes == 0);
    CHECK(t.channel(1) == t.data() + 12);
    CHECK(t.end() - t.begin() == t.size());
    CHECK(&t(1, 1, 0) == t.data() + 16);
    t(1, 1, 0) = 100;
    CHECK(t[16] == 100);

    const auto on_the_heap = std::make_unique<tensor<float, shape{3, 7, 5}>>();
    CHECK(reinterpret_cast<std::uintptr_t>(on_the_heap->data()) % plait::cache_line_bytes == 0);
}

TEST_CASE("a tensor is copied byte by byte") {
    const small t = counted();
    small copy;
    std::memcpy(&copy, &t, sizeof t);
    CHECK(copy == t);
    std::iota(copy.begin(), copy.end(), 1.0F);
    CHECK(copy != t);
    CHECK(copy[0] == 1);
}
