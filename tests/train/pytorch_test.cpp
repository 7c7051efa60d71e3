// SPDX-License-Identifier: BSD-3-Clause
// A training against PyTorch's: golden/training.py.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "plait/io/file.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/train/trainer.hpp"

using namespace plait;

namespace {

constexpr int pictures = 24;
constexpr int batches = 4;
using net = augshufflenet_x0_5<10>;
using learner = trainer<net, training{.batch = pictures}>;
using smooth_learner = trainer<net, training{.batch = pictures, .clips = false}>;

const std::filesystem::path golden = std::filesystem::path(PLAIT_SOURCE_DIR) / "tests/golden";

std::vector<float> values_of(const safetensors& file, const std::string& name) {
    const stored_tensor* stored = file.find(name);
    REQUIRE_MESSAGE(stored, name);
    std::vector<float> values(static_cast<std::size_t>(stored->elements()));
    REQUIRE(copy_as_float(*stored, values.data()));
    return values;
}

/// As golden/training.py makes them.
struct fixed_pictures {
    std::vector<float> values = std::vector<float>(batches * pictures * 3 * 1024);
    std::vector<int> labels;

    fixed_pictures() {
        std::uint32_t state = 1;
        for (float& value : values) {
            state = state * 1664525U + 1013904223U;
            value = static_cast<float>(state >> 8U) / 8388608.0F - 1;
        }
        for (int n = 0; n < pictures; ++n) labels.push_back(n % 10);
        for (int b = 0; b < batches; ++b) {
            for (int n = 0; n < pictures; ++n) {
                for (int c = 0; c < 3; ++c) {
                    const int label = labels[static_cast<std::size_t>(n)];
                    double more = (label % 3 - 1) / 4.0;
                    if (n % 10 % 3 == c) more += label / 3 / 8.0;
                    float* const plane = at(b, n, c);
                    for (int p = 0; p < 1024; ++p) plane[p] = static_cast<float>(double{plane[p]} + more);
                }
            }
        }
    }

    float* at(int batch, int picture, int channel) {
        return values.data() + ((batch * pictures + picture) * 3 + channel) * 1024;
    }
    template <class Learner>
    void put(int batch, Learner& to) {
        for (int n = 0; n < pictures; ++n) to.input(n).copy(at(batch, n, 0));
    }
};

template <class Learner>
struct setting {
    setting() {
        const auto weights = read_file(golden / "augshufflenet_port_x0_5_cifar10.safetensors");
        REQUIRE_MESSAGE(weights, weights.error());
        const auto taken = learning.take(*weights, "golden");
        REQUIRE_MESSAGE(taken, taken.error());
        const auto read = read_file(golden / "training.expected.safetensors");
        REQUIRE_MESSAGE(read, read.error());
        bytes = *read;
    }

    safetensors expected() const {
        auto file = safetensors::parse(bytes);
        REQUIRE_MESSAGE(file, file.error());
        return *file;
    }

    Learner learning{1};
    fixed_pictures fixed;
    std::vector<std::byte> bytes;
};

}  // namespace

TEST_CASE("fifty steps follow PyTorch's loss as closely as its own floats do") {
    setting<learner> s;
    const safetensors file = s.expected();
    const std::vector<float> losses = values_of(file, "losses");
    const std::vector<float> rest = values_of(file, "losses_rest");
    const std::vector<float> of_float = values_of(file, "losses_of_float");
    double furthest_of_float = 0;
    double furthest = 0;
    for (std::size_t step = 0; step < losses.size(); ++step) {
        const int batch = static_cast<int>(step) % batches;
        s.fixed.put(batch, s.learning);
        const double loss = s.learning.step(s.fixed.labels, 0.05);
        const double expected = double{losses[step]} + double{rest[step]};
        REQUIRE(std::isfinite(loss));
        if (step == 0) CHECK(std::abs(loss - expected) < 1e-6);
        furthest = std::max(furthest, std::abs(loss - expected));
        furthest_of_float = std::max(furthest_of_float, std::abs(double{of_float[step]} - expected));
    }
    MESSAGE("off by " << furthest << " at most, PyTorch's own floats by " << furthest_of_float);
    CHECK(furthest <= 2 * furthest_of_float);
}

namespace {

/// The worst difference of any gradient, as a part of the largest.
template <class Learner>
double furthest_gradient(Learner& learning, const safetensors& file, const std::string& kind) {
    const network_tensors names = tensors_of<net>();
    double worst = 0;
    double largest = 0;
    for (std::size_t i = 0; i < names.rows.size(); ++i) {
        if (!names.rows[i].is_trained()) continue;
        const std::vector<float> expected =
            values_of(file, kind + "." + std::string(std::string_view(names.name(names.rows[i]))));
        const float* found = learning.gradients().data() + learning.places().begin(i);
        for (std::size_t k = 0; k < expected.size(); ++k) {
            REQUIRE(std::isfinite(found[k]));
            worst = std::max(worst, std::abs(double{found[k]} - double{expected[k]}));
            largest = std::max(largest, std::abs(double{expected[k]}));
        }
    }
    return worst / largest;
}

}  // namespace

TEST_CASE("gradients of the whole network are PyTorch's in double precision") {
    setting<smooth_learner> s;
    const safetensors file = s.expected();
    s.fixed.put(0, s.learning);
    const double loss = s.learning.find_gradients(s.fixed.labels);
    const double expected =
        double{values_of(file, "smooth_loss")[0]} + double{values_of(file, "smooth_loss_rest")[0]};
    CHECK(std::abs(loss - expected) < 1e-6 * std::max(1.0, expected));
    const double worst = furthest_gradient(s.learning, file, "smooth");
    MESSAGE("without ReLUs off by " << worst << " of the largest");
    CHECK(worst < 1e-4);
}

TEST_CASE("with ReLUs, some of which rounding turns the other way, gradients are near PyTorch's") {
    setting<learner> s;
    const safetensors file = s.expected();
    s.fixed.put(0, s.learning);
    s.learning.find_gradients(s.fixed.labels);
    const double worst = furthest_gradient(s.learning, file, "gradient");
    MESSAGE("off by " << worst << " of the largest");
    CHECK(worst < 1e-2);
}
