// SPDX-License-Identifier: BSD-3-Clause
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../network/filled.hpp"
#include "plait/blocks/blocks.hpp"
#include "plait/core/finite.hpp"
#include "plait/core/random.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/precision.hpp"

using namespace plait;

namespace {

using net = network<shape{3, 6, 6}, conv{.out = 8, .kernel = 3}, depthwise{}, conv{.out = 5}, max_pool{},
                    global_average_pool{}, linear{.out = 4}>;
using small = in<precision::int8, net>;
using other = in<precision::int8, net, "2">;

std::vector<tensor<float, net::input>> pictures() {
    std::vector<tensor<float, net::input>> made(3);
    for (unsigned i = 0; i < 3; ++i) fill_picture(made[i], 5 + i);
    return made;
}

activation_ranges ranges() {
    const auto watched = pictures();
    return *calibrate(filled_model<net>(), std::span(watched));
}

quantised_weights numbers() { return *quantise<small>(random_layers<net>(), ranges()); }

/// What is said of a file of such numbers.
std::string refusal_of_file(const quantised_weights& of) {
    const auto read = load<small>(write_quantised<small>(of), "w8");
    return read ? "" : std::string(read.error());
}

/// What is said of a file in which `from` is `to`, as many bytes.
std::string refusal_of_text(const std::string& from, const std::string& to) {
    std::vector<std::byte> file = write_quantised<small>(numbers());
    std::string text(reinterpret_cast<const char*>(file.data()), file.size());
    REQUIRE(from.size() == to.size());
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    std::memcpy(file.data(), text.data(), file.size());
    const auto read = load<small>(file, "w8");
    return read ? "" : std::string(read.error());
}

std::string refusal_of_ranges(const activation_ranges& of) {
    const auto made = quantise<small>(random_layers<net>(), of);
    return made ? "" : std::string(made.error());
}

}  // namespace

TEST_CASE("a file of a network in int8 gives the model that was written, to the last bit") {
    const quantised_weights made = numbers();
    const auto read = load<small>(write_quantised<small>(made));
    REQUIRE_MESSAGE(read, read.error());
    const auto written = model<small>::of(made);
    REQUIRE_MESSAGE(written, written.error());
    const auto scratch = std::make_unique<model<small>::workspace>();
    for (const auto& picture : pictures()) CHECK((*read)(picture, *scratch) == (*written)(picture, *scratch));
}

TEST_CASE("a file that does not fit is one sentence") {
    CHECK(refusal_of_text("0.0.weight", "0.0.weighs") == "w8: tensor '0.0.weight' is missing");
    CHECK(refusal_of_text("\"I8\"", "\"U8\"") == "w8: tensor '0.0.weight' has type U8 where I8 was expected");
    CHECK(refusal_of_text("\"plait.precision\":\"int8\"", "\"plait.precision\":\"int4\"") ==
          "w8: it holds floats, where what `quantise` writes was expected of a network in int8");
    const auto of_other = load<other>(write_quantised<small>(numbers()), "w8");
    REQUIRE(!of_other);
    CHECK(
        std::string(of_other.error()) ==
        "w8: it is of another network, or of one with other layers in fp32, than the one that was expected");
    const auto as_floats = load<net>(write_quantised<small>(numbers()), "w8");
    REQUIRE(!as_floats);
    CHECK(std::string(as_floats.error()) ==
          "w8: it holds a network in int8, where floats were expected: a network in<precision::int8, ...> "
          "loads it");
    const auto halves = load<in<precision::bf16, net>>(write_quantised<small>(numbers()), "w8");
    CHECK(!halves);
    const std::vector<float> value{1};
    const named_values float_file[]{{"0.0.weight", {1}, value}};
    const auto of_floats = load<small>(write_safetensors(float_file), "w");
    REQUIRE(!of_floats);
    CHECK(std::string(of_floats.error()) ==
          "w: it holds floats, where what `quantise` writes was expected of a network in int8");
    const auto renamed = load<small>(write_quantised<small>(numbers()), "w8", {.strip_prefix = "0."});
    CHECK(!renamed);
}

TEST_CASE("numbers that could leave 32 bits, or are none, are one sentence") {
    quantised_weights made = numbers();
    made.layers[0].weights[3] = -128;
    CHECK(refusal_of_file(made) ==
          "w8: tensor '0.0.weight' has -128 at 3 where symmetric weights, from -127 to 127, were expected");
    made = numbers();
    made.layers[0].scale[2] = 0;
    CHECK(refusal_of_file(made) ==
          "w8: layer '0.0', channel 2: its weights have a scale that is no number above 2^-120");
    made = numbers();
    made.layers[0].bias[2] = 0x7ffffff0;
    CHECK(refusal_of_file(made) ==
          "w8: layer '0.0', channel 2: its bias and weights may leave 32 bits: the "
          "scale of its weights is too small");
    made = numbers();
    made.layers[0].scale[1] = std::numeric_limits<float>::infinity();
    CHECK(refusal_of_file(made) ==
          "w8: tensor '0.0.weight.scale' has a value that is not finite at 1 where numbers were expected");
    made = numbers();
    made.codes[static_cast<std::size_t>(net::calls.channel(net::calls.ops[0].out, 4))].scale = 0;
    CHECK(refusal_of_file(made) ==
          "w8: layer '0.0', channel 4: its range has a scale that is no number above 2^-100");
    made = numbers();
    made.codes[static_cast<std::size_t>(net::calls.channel(net::calls.ops[0].out, 4))].scale = 1e-25F;
    CHECK(refusal_of_file(made) == "w8: layer '0.0', channel 4: its range is too small for what it sums up");
    CHECK(!model<small>::of(made));
    made = numbers();
    made.layers[5].scale[3] = 3e38F;
    CHECK(refusal_of_file(made) ==
          "w8: layer '5', channel 3: the scale of its weights makes of its sums what is not finite");
}

TEST_CASE("ranges that are none are one sentence") {
    activation_ranges made = ranges();
    const auto channel = static_cast<std::size_t>(net::calls.channel(net::calls.ops[2].out, 1));
    made.of[channel] = {2, 1};
    CHECK(refusal_of_ranges(made) ==
          "layer '2.0', channel 1: its range 2.000000 to 1.000000 is inverted, "
          "where two numbers in order were expected");
    made.of[channel] = {0, std::numeric_limits<float>::quiet_NaN()};
    CHECK(refusal_of_ranges(made).find("layer '2.0', channel 1: its range") == 0);
    made.of.pop_back();
    CHECK(refusal_of_ranges(made).find("there are ranges of ") == 0);
    const auto none = calibrate(filled_model<net>(), std::span<const tensor<float, net::input>>());
    REQUIRE(!none);
    CHECK(std::string(none.error()) == "no pictures to calibrate with, where at least one was expected");
    std::vector<tensor<float, net::input>> one_colour(2);
    CHECK(!calibrate(filled_model<net>(), std::span(std::as_const(one_colour))));
    auto infinite = pictures();
    infinite[1].data()[0] = std::numeric_limits<float>::infinity();
    CHECK(!calibrate(filled_model<net>(), std::span(std::as_const(infinite))));
}

TEST_CASE("weights and biases of any size make numbers") {
    std::vector<folded_layer> extreme = random_layers<net>();
    extreme[0].weights.assign(extreme[0].weights.size(), 0.0F);
    for (float& weight : extreme[2].weights) weight *= 1e-20F;
    extreme[0].bias[0] = 100;
    const auto made = quantise<small>(extreme, ranges());
    REQUIRE_MESSAGE(made, made.error());
    const auto m = model<small>::of(*made);
    REQUIRE_MESSAGE(m, m.error());
}

TEST_CASE("what is cut off of a file is one sentence") {
    const std::vector<std::byte> file = write_quantised<small>(numbers());
    for (std::size_t size = 0; size < file.size(); size += 97) {
        const std::vector<std::byte> part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK(!load<small>(part, "w8"));
    }
}

TEST_CASE("bytes that are changed by chance make a model whose logits are numbers, or one sentence") {
    const std::vector<std::byte> file = write_quantised<small>(numbers());
    const auto scratch = std::make_unique<model<small>::workspace>();
    const auto picture = pictures()[0];
    random_numbers random(1);
    int loaded = 0;
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::byte> changed = file;
        for (int change = random.below(4); change >= 0; --change) {
            const int at = random.below(static_cast<int>(changed.size()));
            changed[static_cast<std::size_t>(at)] = static_cast<std::byte>(random.below(256));
        }
        const auto read = load<small>(changed, "w8");
        if (!read) {
            CHECK(std::string(read.error()).find("w8: ") == 0);
            CHECK(std::string(read.error()).find('\n') == std::string::npos);
            continue;
        }
        ++loaded;
        for (const float logit : (*read)(picture, *scratch)) CHECK((is_finite(logit) || logit != 0));
    }
    CHECK(loaded > 0);
}
