// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/calibration_file.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "../network/filled.hpp"
#include "plait/blocks/blocks.hpp"
#include "plait/io/safetensors_writer.hpp"

using namespace plait;

namespace {

struct gated {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.multiply(g(x, conv{.out = 4}), g.input({4, 3, 2}));
    }
};
using net = network<shape{3, 3, 2}, conv{.out = 4, .kernel = 3}, global_average_pool{}, linear{.out = 2}>;
using with_gate = network<shape{3, 3, 2}, gated{}, linear{.out = 2}>;

std::vector<float> numbers(std::size_t count) {
    std::vector<float> made(count);
    for (std::size_t i = 0; i < count; ++i) made[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
    return made;
}

template <class Network>
std::string said_of(std::span<const named_values> tensors) {
    const auto made = calibrate(filled_model<Network>(), write_safetensors(tensors), "shown");
    return made ? "" : std::string(made.error());
}

}  // namespace

TEST_CASE("inputs of a file give the ranges of the same tensors") {
    const std::vector<float> values = numbers(5 * 18);
    const named_values tensors[]{{"plait.calibration.input", {5, 3, 3, 2}, values}};
    const auto found = calibrate(filled_model<net>(), write_safetensors(tensors));
    REQUIRE_MESSAGE(found, found.error());
    std::vector<tensor<float, net::input>> pictures(5);
    for (std::size_t i = 0; i < 5; ++i) std::copy_n(values.data() + i * 18, 18, pictures[i].begin());
    const auto expected = calibrate(filled_model<net>(), std::span(std::as_const(pictures)));
    REQUIRE(expected);
    CHECK(found->pictures == 5);
    REQUIRE(found->of.size() == expected->of.size());
    for (std::size_t c = 0; c < found->of.size(); ++c) {
        CHECK(found->of[c].low == expected->of[c].low);
        CHECK(found->of[c].high == expected->of[c].high);
    }
}

TEST_CASE("a network with several inputs has a tensor for each") {
    const std::vector<float> pictures = numbers(2 * 18), gates = numbers(2 * 24);
    const named_values tensors[]{{"plait.calibration.input", {2, 3, 3, 2}, pictures},
                                 {"plait.calibration.input1", {2, 4, 3, 2}, gates}};
    const auto found = calibrate(filled_model<with_gate>(), write_safetensors(tensors));
    REQUIRE_MESSAGE(found, found.error());
    const op& gate = with_gate::calls.ops[1];
    const auto channel = static_cast<std::size_t>(with_gate::calls.channel(gate.out, 0));
    const auto most = [&](std::ptrdiff_t begin) {
        return *std::max_element(gates.begin() + begin, gates.begin() + begin + 6);
    };
    CHECK(found->of[channel].high == std::max({0.0F, most(0), most(24)}));
}

TEST_CASE("a file that does not fit is one sentence") {
    const std::vector<float> values = numbers(2 * 24);
    const named_values of_other_name[]{{"input", {2, 3, 3, 2}, std::span(values).first(36)}};
    CHECK(said_of<net>(of_other_name) ==
          "shown: tensor 'plait.calibration.input' is missing, where inputs to calibrate with were expected");
    const named_values of_other_shape[]{
        {"plait.calibration.input", {2, 3, 2, 3}, std::span(values).first(36)}};
    CHECK(said_of<net>(of_other_shape) ==
          "shown: tensor 'plait.calibration.input' has shape [2, 3, 2, 3] where any number of [3, 3, 2] was "
          "expected");
    const named_values of_none[]{{"plait.calibration.input", {0, 3, 3, 2}, {}}};
    CHECK(said_of<net>(of_none) == "shown: no pictures to calibrate with, where at least one was expected");
    std::vector<float> broken = numbers(36);
    broken[20] = std::numeric_limits<float>::quiet_NaN();
    const named_values not_finite[]{{"plait.calibration.input", {2, 3, 3, 2}, broken}};
    CHECK(said_of<net>(not_finite) ==
          "shown: picture 1 makes values that are not finite where numbers were expected");
    const named_values of_two_lengths[]{
        {"plait.calibration.input", {2, 3, 3, 2}, std::span(values).first(36)},
        {"plait.calibration.input1", {1, 4, 3, 2}, std::span(values).first(24)}};
    CHECK(said_of<with_gate>(of_two_lengths) ==
          "shown: has 2 of the first input and 1 of input 1 where as many of each were expected");
    CHECK(!calibrate(filled_model<net>(), std::span<const std::byte>(), "shown"));
}
