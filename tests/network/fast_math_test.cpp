// SPDX-License-Identifier: BSD-3-Clause
// What is right whatever the compiler assumes of sums and quotients: this is compiled and linked with
// -ffast-math -fno-finite-math-only (-funsafe-math-optimizations and its parts among it).
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "../kernels/activations.hpp"
#include "../models/golden.hpp"
#include "plait/core/half.hpp"
#include "plait/io/resize.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/models/fastestdet_decoding.hpp"
#include "plait/plait.hpp"

using namespace plait;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// What a network without weights makes of values.
template <class Network>
auto answer(std::span<const float> values) {
    REQUIRE(values.size() == static_cast<std::size_t>(Network::input.elements()));
    tensor<float, Network::input> picture;
    std::copy(values.begin(), values.end(), picture.begin());
    const auto scratch = std::make_unique<typename Network::workspace>();
    return model<Network>()(picture, *scratch);
}

template <class Network>
result<model<Network>> loaded_with(float weight, float variance) {
    const float one[]{1}, zero[]{0}, weights[]{weight}, variances[]{variance};
    const std::vector<named_values> tensors{{"0.0.weight", {1, 1, 1, 1}, weights},
                                            {"0.1.bias", {1}, zero},
                                            {"0.1.running_mean", {1}, zero},
                                            {"0.1.running_var", {1}, variances},
                                            {"0.1.weight", {1}, one}};
    return load<Network>(write_safetensors(tensors), "made up");
}

}  // namespace

TEST_CASE("a sigmoid and a softmax are the functions, on planes and single pixels") {
    constexpr std::array<float, 8> x{-20, -3, -0.3F, 0, 0.3F, 3, 20, 80};
    // PyTorch's, in double precision.
    constexpr std::array<double, 8> sigmoids{
        2.0611536181902037e-09, 0.04742587317756678, 0.42555748318834096, 0.5,
        0.574442516811659,      0.9525741268224334,  0.9999999979388463,  1};
    using on_planes = network<shape{1, 2, 4}, activate{activation::sigmoid}>;
    using on_pixels = network<shape{8, 1, 1}, activate{activation::sigmoid}>;
    const auto planes = answer<on_planes>(x);
    const auto pixels = answer<on_pixels>(x);
    for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(agrees(std::span(planes.data() + i, 1), std::span(&sigmoids[i], 1), 4e-7));
        CHECK(agrees(std::span(pixels.data() + i, 1), std::span(&sigmoids[i], 1), 4e-7));
    }

    std::array<float, 16> pairs{};
    std::copy(x.begin(), x.end(), pairs.begin());
    const auto likely = answer<network<shape{2, 2, 4}, softmax{}>>(pairs);
    check_agreement(std::span(likely.data(), x.size()), sigmoids, 4e-7);
    const auto single = answer<network<shape{2, 1, 1}, softmax{}>>(std::array{0.3F, 0.0F});
    check_agreement(single, std::array{sigmoids[4], sigmoids[2]}, 4e-7);
}

TEST_CASE("every activation is PyTorch's") { activations::check_all(); }

TEST_CASE("the exponential is right to two units in the last place") {
    constexpr double two_units = 0x1p-22;
    for (float x = -87; x < 88; x += 0.37F) {
        const auto found = std::make_unique<tensor<float, shape{1, 1, simd::lanes<float>}>>();
        simd::store(found->data(), simd::exponential(simd::batch<float>(x)));
        CAPTURE(x);
        CHECK(agrees(std::span(found->data(), 1), std::array{std::exp(double{x})}, two_units));
    }
}

TEST_CASE("a network's answers are PyTorch's") {
    golden::check<augshufflenet_x0_5<10>>("augshufflenet_port_x0_5_cifar10", {});
}

TEST_CASE("what is not a number stays none") {
    std::array<float, 16> x{};
    x[5] = not_a_number;
    const auto pooled = answer<network<shape{1, 4, 4}, max_pool{}>>(x);
    for (const float value : pooled) CHECK(is_nan(value));
    x[5] = -not_a_number;
    const auto rectified = answer<network<shape{1, 4, 4}, activate{activation::relu6}>>(x);
    for (int i = 0; i < 16; ++i) CHECK(is_nan(rectified[i]) == (i == 5));
    const auto squashed = answer<network<shape{1, 4, 4}, activate{activation::sigmoid}>>(x);
    for (int i = 0; i < 16; ++i) CHECK(is_nan(squashed[i]) == (i == 5));
}

TEST_CASE("weights that are no numbers, or become none, are refused") {
    using net = network<shape{1, 1, 1}, conv{.out = 1, .activation = activation::none}>;
    const auto right = loaded_with<net>(2, 1 - 1e-5F);
    REQUIRE_MESSAGE(right, right.error());
    const auto scratch = std::make_unique<net::workspace>();
    check_agreement((*right)(tensor<float, net::input>{{3}}, *scratch), std::array{6.0}, 1e-6);
    for (const float bad : {not_a_number, -not_a_number, infinity, -infinity}) {
        CHECK(!loaded_with<net>(bad, 1));
        CHECK(!loaded_with<net>(1, bad));
    }
    CHECK(!loaded_with<net>(std::numeric_limits<float>::max(), 0));
    CHECK(!loaded_with<net>(1, -1));
}

TEST_CASE("halves are converted exactly, subnormal ones too") {
    int wrong = 0;
    for (unsigned half = 0; half < 0x10000; ++half) {
        const float value = half_to_float(static_cast<std::uint16_t>(half));
        const bool is_none = (half & 0x7fffU) > 0x7c00U;
        if (is_none)
            wrong += !is_nan(value);
        else
            wrong += half_from_float(value) != half;
    }
    CHECK(wrong == 0);
    CHECK(half_to_float(0x0001) == 0x1p-24F);
    CHECK(half_to_float(0x83ff) == -0x3ffp-24F);
    CHECK(half_to_float(0x7bff) == largest_half);
}

TEST_CASE("detected objects and resized pictures are the same") {
    tensor<float, shape{7, 2, 4}> map{};
    map(0, 1, 2) = map(6, 1, 2) = 1;
    map(0, 0, 0) = map(5, 0, 0) = 1;
    map(2, 0, 0) = not_a_number;
    const auto objects = decode_fastestdet(map, 0.65F);
    REQUIRE(objects.size() == 1);
    CHECK(objects[0] == detected_object{1, 1, {0.25F, 0.25F, 0.75F, 0.75F}});
    CHECK(suppress_overlaps({{0, not_a_number, {}}, objects[0]}) == objects);

    const picture two{2, 1, {0, 40, 80, 200, 40, 0}};
    const std::vector<std::uint8_t> four{0, 40, 80, 50, 40, 60, 150, 40, 20, 200, 40, 0};
    CHECK(resize(two, {.height = 1, .width = 4}).rgb == four);
    CHECK(resize_bilinear(two, {.height = 1, .width = 4}).rgb == four);
}
