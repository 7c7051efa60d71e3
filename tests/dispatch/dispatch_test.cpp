// SPDX-License-Identifier: BSD-3-Clause
// A network compiled for several instruction sets: every one that this machine runs gives what a `model`
// gives.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "branching_any_cpu.hpp"

#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#else
#include <xtensor/xadapt.hpp>
#endif

#include "../agreement.hpp"
#include "../counted_allocations.hpp"
#include "../network/filled.hpp"
#include "plait/io/load.hpp"

using namespace plait;

namespace {

const std::filesystem::path weights_of_another_network =
    std::filesystem::path(PLAIT_SOURCE_DIR) / "examples/weights/augshufflenet_x0_5_cifar10.safetensors";

static_assert(std::is_same_v<branching_any_cpu::network, branching_network>);
static_assert(std::is_nothrow_move_constructible_v<branching_any_cpu>);
static_assert(!std::is_copy_constructible_v<branching_any_cpu>);

using picture_type = branching_any_cpu::input_tensor;

picture_type some_picture() {
    picture_type picture;
    fill_picture(picture);
    return picture;
}

branching_any_cpu filled(std::string_view target) {
    auto made = branching_any_cpu::for_target(target);
    REQUIRE(made);
    fill_weights(*made);
    return *std::move(made);
}

template <class Tensor>
bool same_bits(const Tensor& a, const Tensor& b) {
    return std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
}

/// In whose sentence each of the words is.
template <class T>
bool says(const result<T>& refused, std::initializer_list<const char*> words) {
    INFO(refused.error());
    return !refused && std::all_of(words.begin(), words.end(), [&](const char* word) {
        return refused.error().find(word) != std::string::npos;
    });
}

}  // namespace

/// Units of a network that is not the program's.
PLAIT_DISPATCH_TARGETS(wrong);
static constexpr compiled_network wrong_unit(const char* target) {
    compiled_network unit{};
    unit.target = target;
    unit.parameters = 3;
    return unit;
}
const compiled_network wrong_targets::avx512 = wrong_unit("avx512");
const compiled_network wrong_targets::avx2 = wrong_unit("avx2");
const compiled_network wrong_targets::avx = wrong_unit("avx");
const compiled_network wrong_targets::sse4_2 = wrong_unit("sse4_2");
const compiled_network wrong_targets::neon = wrong_unit("neon");
const compiled_network wrong_targets::baseline = wrong_unit("baseline");

TEST_CASE("the best target is taken, and the plainest runs everywhere") {
    const auto targets = branching_any_cpu::targets();
    REQUIRE(!targets.empty());
    CHECK(branching_any_cpu().target() == targets.front());
#if defined(__x86_64__)
    CHECK(targets.back() == "baseline");
#endif
    for (const std::string_view target : targets) CHECK(filled(target).target() == target);
}

TEST_CASE("all targets give what a model gives, and one's own the same bits") {
    const picture_type picture = some_picture();
    model<branching_network> expected;
    fill_weights(expected);
    branching_network::workspace expected_scratch;
    const auto [map, logits] = expected.all_outputs(picture, expected_scratch);

    for (const std::string_view target : branching_any_cpu::targets()) {
        INFO(target);
        const branching_any_cpu found = filled(target);
        branching_any_cpu::workspace scratch;
        std::fill(std::begin(scratch.values), std::end(scratch.values),
                  std::numeric_limits<float>::quiet_NaN());
        const auto [found_map, found_logits] = found.all_outputs(picture, scratch);
        check_agreement(found_map, map, 1e-5);
        check_agreement(found_logits, logits, 1e-5);
        CHECK(same_bits(found(picture, scratch), found_logits));
        if (target == native_level) {
            CHECK(same_bits(found_map, map));
            CHECK(same_bits(found_logits, logits));
        }
    }
}

TEST_CASE("a forward pass makes no allocation") {
    const picture_type picture = some_picture();
    for (const std::string_view target : branching_any_cpu::targets()) {
        const branching_any_cpu found = filled(target);
        branching_any_cpu::workspace scratch;
        const long long before = allocations;
        const auto logits = found(picture, scratch);
        const auto all = found.all_outputs(picture, scratch);
        const long long after = allocations;
        CHECK(after == before);
        CHECK(same_bits(logits, std::get<1>(all)));
    }
}

TEST_CASE("one model serves several threads") {
    const picture_type picture = some_picture();
    const branching_any_cpu shared = filled(branching_any_cpu::targets().front());
    branching_any_cpu::workspace scratch;
    const auto expected = shared(picture, scratch);
    std::atomic<int> equal{0};
    std::vector<std::thread> crew;
    for (int i = 0; i < 4; ++i) {
        crew.emplace_back([&] {
            branching_any_cpu::workspace own;
            for (int run = 0; run < 20; ++run) equal += same_bits(shared(picture, own), expected);
        });
    }
    for (std::thread& t : crew) t.join();
    CHECK(equal == 80);
}

TEST_CASE("xtensor's pictures are taken as by a model") {
    const picture_type picture = some_picture();
    const branching_any_cpu network = filled(branching_any_cpu::targets().front());
    branching_any_cpu::workspace scratch;
    const auto adapted = [&](std::vector<std::size_t> dimensions) {
        return xt::adapt(picture.data(), static_cast<std::size_t>(picture.size()), xt::no_ownership(),
                         dimensions);
    };
    const auto logits = network(adapted({3, 32, 32}), scratch);
    REQUIRE(logits);
    CHECK(same_bits(*logits, network(picture, scratch)));
    CHECK(says(network(adapted({3, 16, 64}), scratch), {"picture", "(3, 16, 64)", "(3, 32, 32)"}));
}

TEST_CASE("a target that is not there is one sentence") {
    CHECK(says(branching_any_cpu::for_target("mmx"), {"'mmx'", "not compiled in", "was expected"}));
    CHECK(says(branching_any_cpu::for_target(""), {"''", "not compiled in"}));
    using wrong = dispatched<wrong_targets, branching_network>;
    CHECK(says(wrong::for_target(wrong::targets().front()), {"another network"}));
}

TEST_CASE("a file of another network is refused in the words that a model has for it") {
    const auto refused = load<branching_any_cpu>(weights_of_another_network);
    CHECK(says(refused, {"'0.0.weight'", "missing"}));
    CHECK(refused.error() == load<branching_network>(weights_of_another_network).error());
    CHECK(says(load<branching_any_cpu>("no such file"), {"no such file"}));
}
