// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"
#include "plait/models/pictures.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Under the names of torchvision's BasicConv2d.
constexpr conv basic_conv(int out, int kernel = 1, int stride = 1) {
    return {.out = out, .kernel = kernel, .stride = stride, .name = "conv", .norm_name = "bn"};
}
inline constexpr max_pool googlenet_pool{.padding = 0, .ceil_mode = true};

}  // namespace detail

/// GoogLeNet (Szegedy et al., arXiv 1409.4842, table 1) with batch norm and without the classifiers of
/// training, as in torchvision.
template <int Classes = 1000, shape Input = imagenet_picture>
using googlenet = network<
    Input, norms{.epsilon = 1e-3}, scope<"conv1", detail::basic_conv(64, 7, 2)>, detail::googlenet_pool,
    scope<"conv2", detail::basic_conv(64)>, scope<"conv3", detail::basic_conv(192, 3)>,
    detail::googlenet_pool, named<"inception3a", inception{.out = {64, 128, 32, 32}, .reduced = {96, 16}}>,
    named<"inception3b", inception{.out = {128, 192, 96, 64}, .reduced = {128, 32}}>, detail::googlenet_pool,
    named<"inception4a", inception{.out = {192, 208, 48, 64}, .reduced = {96, 16}}>,
    named<"inception4b", inception{.out = {160, 224, 64, 64}, .reduced = {112, 24}}>,
    named<"inception4c", inception{.out = {128, 256, 64, 64}, .reduced = {128, 24}}>,
    named<"inception4d", inception{.out = {112, 288, 64, 64}, .reduced = {144, 32}}>,
    named<"inception4e", inception{.out = {256, 320, 128, 128}, .reduced = {160, 32}}>,
    max_pool{.kernel = 2, .padding = 0, .ceil_mode = true},
    named<"inception5a", inception{.out = {256, 320, 128, 128}, .reduced = {160, 32}}>,
    named<"inception5b", inception{.out = {384, 384, 128, 128}, .reduced = {192, 48}}>, global_average_pool{},
    dropout{.probability = 0.2}, named<"fc", linear{.out = Classes}>>;

}  // namespace plait::inline PLAIT_TARGET
