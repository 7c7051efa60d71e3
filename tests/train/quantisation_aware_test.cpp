// SPDX-License-Identifier: BSD-3-Clause
#include "plait/train/quantisation_aware.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "plait/blocks/blocks.hpp"
#include "plait/network/quantised.hpp"

using namespace plait;

namespace {

using net =
    network<shape{3, 8, 8}, conv{.out = 12, .kernel = 3}, shuffle_down{.out = 24},
            aug_shuffle{.split = {1, 2}}, basic_residual{.out = 16},
            conv{.out = 9, .activation = activation::hard_swish}, global_average_pool{}, linear{.out = 3}>;
using small = in<precision::int8, net>;
using picture = tensor<float, net::input>;

struct examples {
    std::vector<picture> pictures;
    std::vector<int> labels;
};

/// Of three classes, each brighter in another channel, in steps of 1/255.
examples some_examples(int count, std::uint64_t seed) {
    random_numbers random(seed);
    examples made;
    for (int n = 0; n < count; ++n) {
        const int label = random.below(3);
        made.labels.push_back(label);
        picture& each = made.pictures.emplace_back();
        for (int c = 0; c < 3; ++c)
            for (int i = 0; i < net::input.pixels(); ++i)
                each.channel(c)[i] = static_cast<float>(random.below(c == label ? 256 : 216)) / 255;
    }
    made.pictures.front().channel(0)[0] = 1;
    return made;
}

template <class Trainer>
void train(Trainer& learning, int steps, double rate) {
    for (int i = 0; i < steps; ++i) {
        const examples batch = some_examples(16, 100 + static_cast<std::uint64_t>(i));
        learning.step(batch.pictures, batch.labels, rate);
        REQUIRE_MESSAGE(learning.problem().empty(), learning.problem());
    }
}

template <class Model>
std::vector<float> logits_of(const Model& model, const examples& of) {
    const auto scratch = std::make_unique<typename Model::workspace>();
    std::vector<float> made;
    for (const picture& each : of.pictures) {
        const auto logits = model(each, *scratch);
        made.insert(made.end(), logits.data(), logits.data() + logits.size());
    }
    return made;
}

/// Root of the mean square of what two differ by.
double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum += difference * difference;
    }
    return std::sqrt(sum / static_cast<double>(a.size()));
}

template <class Trainer>
activation_ranges ranges_of(const Trainer& learning, const examples& with) {
    const auto ranges = calibrate(learning.model(), std::span(with.pictures));
    REQUIRE_MESSAGE(ranges, ranges.error());
    return *ranges;
}

template <class Trainer>
model<small> in_int8(const Trainer& learning, const activation_ranges& ranges) {
    plait::detail::layer_keeper<net> floats;
    REQUIRE(load_into(floats, learning.state_dict()));
    const auto numbers = quantise<small>(floats.layers, ranges);
    REQUIRE_MESSAGE(numbers, numbers.error());
    auto made = model<small>::of(*numbers);
    REQUIRE_MESSAGE(made, made.error());
    return std::move(*made);
}

double cross_entropy(const std::vector<float>& logits, const std::vector<int>& labels) {
    double sum = 0;
    for (std::size_t n = 0; n < labels.size(); ++n) {
        double all = 0;
        for (std::size_t k = 0; k < 3; ++k) all += std::exp(static_cast<double>(logits[3 * n + k]));
        sum += std::log(all) - static_cast<double>(logits[3 * n + static_cast<std::size_t>(labels[n])]);
    }
    return sum / static_cast<double>(labels.size());
}

}  // namespace

TEST_CASE("what training rounds is what the network in int8 makes") {
    trainer<net, training{.batch = 16}> before(3);
    train(before, 20, 0.05);
    trainer<net, training{.batch = 16, .freezes_norms = true}> learning(3);
    REQUIRE(learning.take(before.state_dict()));
    const examples test = some_examples(16, 7);
    const activation_ranges ranges = ranges_of(learning, test);
    const std::vector<float> floats = logits_of(learning.model(), test);
    const std::vector<float> bytes = logits_of(in_int8(learning, ranges), test);
    REQUIRE(round_as<small>(learning, ranges));
    for (std::size_t n = 0; n < test.pictures.size(); ++n)
        learning.input(static_cast<int>(n)).copy(test.pictures[n]);
    REQUIRE(learning.forward(16));
    std::vector<float> rows(3 * 64);
    learning.read(net::written.outputs[0], 0, 16, {rows.data(), 64});
    std::vector<float> rounded;
    for (std::size_t n = 0; n < 16; ++n)
        for (std::size_t k = 0; k < 3; ++k) rounded.push_back(rows[64 * k + n]);
    MESSAGE("int8 to floats ", distance(bytes, floats), ", to training ", distance(bytes, rounded));
    CHECK(distance(bytes, rounded) < 0.3 * distance(bytes, floats));
}

TEST_CASE("a network that loses by quantising gains by training with it") {
    trainer<net, training{.batch = 16}> learning(5), other(5);
    train(learning, 60, 0.05);
    train(other, 60, 0.05);
    const examples seen = some_examples(64, 11), test = some_examples(200, 12);
    const activation_ranges wide = [&] {
        // As if few bits were left: steps are 40 times as wide.
        activation_ranges ranges = ranges_of(learning, seen);
        for (value_range& range : ranges.of) range.low *= 40, range.high *= 40;
        return ranges;
    }();
    const double before = cross_entropy(logits_of(in_int8(learning, wide), test), test.labels);
    train(other, 60, 0.01);
    const double in_floats = cross_entropy(logits_of(in_int8(other, wide), test), test.labels);
    REQUIRE(round_as<small>(learning, wide));
    train(learning, 60, 0.01);
    const double after = cross_entropy(logits_of(in_int8(learning, wide), test), test.labels);
    MESSAGE("cross-entropy in int8 ", before, ", trained on in floats ", in_floats, ", with rounding ",
            after);
    CHECK(after < before);
    CHECK(after < in_floats);
}

TEST_CASE("ranges that are none are refused, and training goes on as before") {
    trainer<net, training{.batch = 16}> learning(5), other(5);
    activation_ranges ranges = ranges_of(learning, some_examples(4, 1));
    ranges.of[5].high = std::numeric_limits<float>::infinity();
    const auto done = round_as<small>(learning, ranges);
    REQUIRE(!done);
    CHECK(done.error().find("is not finite") != std::string::npos);
    train(learning, 2, 0.05);
    train(other, 2, 0.05);
    CHECK(learning.state_dict() == other.state_dict());
}
