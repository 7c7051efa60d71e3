// SPDX-License-Identifier: BSD-3-Clause
// Tensors and xtensor: shared memory, equal permutations, and pictures of any container or expression.
#include "plait/tensor/xtensor.hpp"

#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif

#include "plait/blocks/blocks.hpp"
#include "plait/network/model.hpp"
#include "plait/tensor/view.hpp"

using namespace plait;

namespace {

template <shape Shape>
tensor<float, Shape> counted() {
    tensor<float, Shape> t;
    std::iota(t.begin(), t.end(), 0.0F);
    return t;
}

/// xtensor's own reading of a shuffle: reshape, transpose, flatten.
xt::xarray<float> shuffled_by_xtensor(const xt::xarray<float>& x, std::size_t groups) {
    const auto& s = x.shape();
    xt::xarray<float> grouped = x;
    grouped.reshape({groups, s[0] / groups, s[1], s[2]});
    xt::xarray<float> flat = xt::transpose(grouped, {1, 0, 2, 3});
    flat.reshape({s[0], s[1], s[2]});
    return flat;
}

template <class View>
bool same_values(const View& view, const xt::xarray<float>& expected) {
    const auto made = to_tensor(view);
    return xt::xarray<float>(as_xtensor(made)) == expected;
}

template <shape Shape, int... Groups>
void check_shuffles() {
    const auto t = counted<Shape>();
    const xt::xarray<float> x = as_xtensor(t);
    const auto check_groups = [&]<int Count>() {
        INFO(Shape.channels << " channels in " << Count << " groups");
        CHECK(same_values(shuffle<Count>(t), shuffled_by_xtensor(x, Count)));
        CHECK(same_values(shuffle<Shape.channels / Count>(shuffle<Count>(t)), x));
    };
    (check_groups.template operator()<Groups>(), ...);
}

using net = network<shape{3, 6, 4}, conv{.out = 5, .kernel = 3}, global_average_pool{}, linear{.out = 4}>;

/// Weights, a picture and what the network makes of it.
struct setting {
    setting() {
        for (int i = 0; i < net::sizes.ops; ++i) {
            const op& o = net::calls.ops[i];
            if (!o.has_weights()) continue;
            std::vector<float> weights(static_cast<std::size_t>(o.weights()));
            for (std::size_t w = 0; w < weights.size(); ++w)
                weights[w] = static_cast<float>(w % 7) / 7 - 0.4F;
            const std::vector<float> bias(static_cast<std::size_t>(o.out.count), 0.25F);
            network.set_weights(i, weights.data(), bias.data());
        }
        expected = network(picture, scratch);
    }

    model<net> network;
    net::workspace scratch;
    tensor<float, net::input> picture = counted<net::input>();
    tensor<float, net::output> expected;
};

}  // namespace

TEST_CASE("xtensor and a tensor share memory both ways") {
    auto t = counted<shape{2, 3, 4}>();
    auto x = as_xtensor(t);
    CHECK(x.data() == t.data());
    CHECK(x(1, 2, 3) == 23);
    x(1, 0, 2) = -5;
    CHECK(t(1, 0, 2) == -5);
    t(0, 1, 1) = 50;
    CHECK(x(0, 1, 1) == 50);
    x = x * 2.0F;
    CHECK(t(0, 1, 1) == 100);

    const auto& constant = t;
    CHECK(as_xtensor(constant).data() == t.data());
    CHECK(as_xtensor(constant)(1, 2, 3) == 46);
}

TEST_CASE("a shuffle is xtensor's reshape, transpose and flatten") {
    check_shuffles<shape{12, 2, 3}, 1, 2, 3, 4, 6, 12>();
    check_shuffles<shape{48, 1, 2}, 2, 4, 24>();
    check_shuffles<shape{58, 3, 1}, 2, 29>();
    check_shuffles<shape{7, 2, 2}, 1, 7>();
}

TEST_CASE("split, concat and crossover are xtensor's views and concatenations") {
    const auto t = counted<shape{16, 2, 3}>();
    const xt::xarray<float> x = as_xtensor(t);
    const auto range = [&](int begin, int end) {
        return xt::xarray<float>(xt::view(x, xt::range(begin, end), xt::all(), xt::all()));
    };
    const auto [a, b] = split<ratio{3, 8}>(t);
    CHECK(same_values(a, range(0, 6)));
    CHECK(same_values(b, range(6, 16)));
    CHECK(same_values(concat(b, a), xt::concatenate(xt::xtuple(range(6, 16), range(0, 6)))));

    const auto crossed = crossover<order::port>(a, b);
    CHECK(same_values(crossed.mixed, xt::concatenate(xt::xtuple(range(11, 16), range(3, 6)))));
    CHECK(same_values(crossed.passed, xt::concatenate(xt::xtuple(range(0, 3), range(6, 11)))));
    const auto article = crossover<order::article>(a, b);
    CHECK(same_values(article.mixed, xt::concatenate(xt::xtuple(range(3, 6), range(6, 11)))));
    CHECK(same_values(article.passed, xt::concatenate(xt::xtuple(range(11, 16), range(0, 3)))));
}

TEST_CASE("a forward pass takes containers of dynamic shape") {
    setting s;
    const xt::xtensor<float, 3> of_three = as_xtensor(s.picture);
    const auto first = s.network(of_three, s.scratch);
    REQUIRE(first);
    CHECK(*first == s.expected);

    const xt::xarray<float> of_any = as_xtensor(s.picture);
    const auto second = s.network(of_any, s.scratch);
    REQUIRE(second);
    CHECK(*second == s.expected);

    const xt::xtensor<double, 3> of_doubles = as_xtensor(s.picture);
    const auto third = s.network(of_doubles, s.scratch);
    REQUIRE(third);
    CHECK(*third == s.expected);
}

TEST_CASE("a forward pass takes containers of static shape") {
    setting s;
    const xt::xtensor_fixed<float, xt::xshape<3, 6, 4>> fixed = as_xtensor(s.picture);
    const tensor<float, net::output> logits = s.network(fixed, s.scratch);
    CHECK(logits == s.expected);
    const tensor<float, net::output> again = s.network(as_xtensor(s.picture), s.scratch);
    CHECK(again == s.expected);
}

TEST_CASE("a forward pass takes expressions") {
    setting s;
    const xt::xtensor<float, 3> bytes = as_xtensor(s.picture) * 255.0F;
    const auto of_bytes = s.network(bytes / 255.0F, s.scratch);
    REQUIRE(of_bytes);
    for (int i = 0; i < s.expected.size(); ++i) CHECK((*of_bytes)[i] == doctest::Approx(s.expected[i]));

    // Height, width, channels turned to channels, height, width.
    const xt::xarray<float> last = xt::transpose(xt::xarray<float>(as_xtensor(s.picture)), {1, 2, 0});
    const auto turned = s.network(xt::transpose(last, {2, 0, 1}), s.scratch);
    REQUIRE(turned);
    CHECK(*turned == s.expected);

    const tensor<float, net::output> of_fixed = s.network(as_xtensor(s.picture) + 0.0F, s.scratch);
    CHECK(of_fixed == s.expected);
}

TEST_CASE("a wrong dynamic shape is refused with both shapes named") {
    setting s;
    const auto refused = [&](const auto& picture) {
        const auto logits = s.network(picture, s.scratch);
        CHECK_FALSE(logits);
        return logits.error();
    };
    CHECK(refused(xt::xarray<float>::from_shape({6, 4, 3})) ==
          "picture: the array has shape (6, 4, 3) where (3, 6, 4) was expected");
    CHECK(refused(xt::xtensor<float, 3>::from_shape({3, 6, 5})) ==
          "picture: the array has shape (3, 6, 5) where (3, 6, 4) was expected");
    CHECK(refused(xt::xarray<float>::from_shape({6, 4})) ==
          "picture: the array has shape (6, 4) where (3, 6, 4) was expected");
    CHECK(refused(xt::xarray<float>::from_shape({1, 3, 6, 4})) ==
          "picture: the array has shape (1, 3, 6, 4) where (3, 6, 4) was expected");
    CHECK(refused(xt::xarray<float>::from_shape({0, 6, 4})) ==
          "picture: the array has shape (0, 6, 4) where (3, 6, 4) was expected");
}
