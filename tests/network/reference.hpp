// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

#include "plait/blocks/blocks.hpp"
#include "plait/network/program.hpp"

// Two plain readings of a network in double precision, against which its kernels are held. Both really move
// channels. `run` goes through the calls of a lowered network by their logical channel numbers. The units are
// written from their papers, and know nothing of how blocks lower.

namespace reference {

using plane = std::vector<double>;

/// Channels of one size, each row by row.
struct map {
    int height = 0;
    int width = 0;
    std::vector<plane> channels;

    int count() const { return static_cast<int>(channels.size()); }
    /// 0 outside, as padding is.
    double at(int channel, int y, int x) const {
        if (y < 0 || y >= height || x < 0 || x >= width) return 0;
        return channels[static_cast<std::size_t>(channel)][static_cast<std::size_t>(y * width + x)];
    }
    double& at(int channel, int y, int x) {
        return channels[static_cast<std::size_t>(channel)][static_cast<std::size_t>(y * width + x)];
    }
};

inline map zeros(int channels, int height, int width) {
    const plane empty(static_cast<std::size_t>(height * width));
    return {height, width, std::vector<plane>(static_cast<std::size_t>(channels), empty)};
}

/// [output][input][kernel row][kernel column], and one bias for each output.
struct layer_weights {
    std::vector<float> weights;
    std::vector<float> bias;

    double weight(long long i) const { return double{weights[static_cast<std::size_t>(i)]}; }
    double of_bias(int i) const { return double{bias[static_cast<std::size_t>(i)]}; }
};

/// Weights of every call, empty where it has none; of a size that keeps activations near 1.
inline std::vector<layer_weights> random_weights(const plait::op* ops, int count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<layer_weights> all(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        const plait::op& o = ops[i];
        if (!o.is_packed()) continue;
        if (o.weights_of >= 0) {
            all[static_cast<std::size_t>(i)] = all[static_cast<std::size_t>(o.weights_of)];
            continue;
        }
        layer_weights& layer = all[static_cast<std::size_t>(i)];
        const int values = o.channel_values();
        const float scale = values > 0 ? 1 : std::sqrt(3.0F / static_cast<float>(o.fan_in()));
        layer.weights.resize(static_cast<std::size_t>(values > 0 ? values : o.weights()));
        layer.bias.resize(static_cast<std::size_t>(o.out.count));
        for (float& w : layer.weights) w = scale * uniform(random);
        for (float& b : layer.bias) b = 0.5F * uniform(random);
    }
    return all;
}

// Layers.

/// As PyTorch's documentation writes them.
inline double activated(double x, plait::activation act) {
    using kind = plait::activation_kind;
    const double a = act.first;
    const double b = act.second;
    const auto clipped = [](double value, double low, double high) {
        return value < low ? low : value > high ? high : value;
    };
    switch (act.kind) {
        case kind::none: break;
        case kind::relu: return clipped(x, 0, INFINITY);
        case kind::clip: return clipped(x, a, b);
        case kind::leaky_relu: return x > 0 ? x : a * x;
        case kind::elu: return x > 0 ? x : a * (std::exp(x) - 1);
        case kind::sigmoid: return 1 / (1 + std::exp(-x));
        case kind::tanh: return std::tanh(x);
        case kind::hard_sigmoid: return clipped(a * x + b, 0, 1);
        case kind::hard_swish: return x <= -3 ? x * 0 : x >= 3 ? x : x * (x + 3) / 6;
        case kind::silu: return x * (1 / (1 + std::exp(-x)));
        case kind::gelu: return x * (1 + std::erf(x / std::sqrt(2.0))) / 2;
        case kind::gelu_tanh:
            return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * std::pow(x, 3))));
    }
    return x;
}

/// As PyTorch says it. Without padding of its own it is padded by half of its reach.
struct window {
    plait::per_axis kernel = 1;
    plait::per_axis stride = 1;
    plait::activation act = plait::activation::none;
    plait::per_axis dilation = 1;
    std::optional<plait::sides> padding{};
    std::optional<plait::extent> out{};  ///< where a pool rounds up

    int taps() const { return kernel.height * kernel.width; }
    plait::sides padded() const {
        const int high = dilation.height * (kernel.height - 1) / 2;
        const int wide = dilation.width * (kernel.width - 1) / 2;
        return padding.value_or(plait::sides{high, wide, high, wide});
    }
    plait::extent size_of(const map& x) const {
        if (out) return *out;
        const plait::sides around = padded();
        const int height = x.height + around.top + around.bottom - dilation.height * (kernel.height - 1) - 1;
        const int width = x.width + around.left + around.right - dilation.width * (kernel.width - 1) - 1;
        return {height / stride.height + 1, width / stride.width + 1};
    }
    int row(int y, int tap) const {
        return y * stride.height + tap / kernel.width * dilation.height - padded().top;
    }
    int column(int x, int tap) const {
        return x * stride.width + tap % kernel.width * dilation.width - padded().left;
    }
};

/// Every group of outputs reads its own group of inputs.
inline map convolution(const map& x, const layer_weights& layer, int out, const window& w, int groups = 1) {
    map y = zeros(out, w.size_of(x).height, w.size_of(x).width);
    const int taps = w.taps();
    const int each = x.count() / groups;
    for (int o = 0; o < out; ++o) {
        const int first = o / (out / groups) * each;
        for (int row = 0; row < y.height; ++row) {
            for (int column = 0; column < y.width; ++column) {
                double sum = layer.of_bias(o);
                for (int c = 0; c < each; ++c) {
                    for (int t = 0; t < taps; ++t)
                        sum += layer.weight((1LL * o * each + c) * taps + t) *
                               x.at(first + c, w.row(row, t), w.column(column, t));
                }
                y.at(o, row, column) = activated(sum, w.act);
            }
        }
    }
    return y;
}

inline map depthwise(const map& x, const layer_weights& layer, const window& w) {
    map y = zeros(x.count(), w.size_of(x).height, w.size_of(x).width);
    for (int c = 0; c < x.count(); ++c) {
        for (int row = 0; row < y.height; ++row) {
            for (int column = 0; column < y.width; ++column) {
                double sum = layer.of_bias(c);
                for (int t = 0; t < w.taps(); ++t)
                    sum += layer.weight(1LL * c * w.taps() + t) * x.at(c, w.row(row, t), w.column(column, t));
                y.at(c, row, column) = activated(sum, w.act);
            }
        }
    }
    return y;
}

enum class pool_kind { largest, mean, mean_inside };

/// The largest value, and NaN where one is; the mean with padding counted as zeros, or of what lies inside.
inline map pool(const map& x, const window& w, pool_kind kind) {
    map y = zeros(x.count(), w.size_of(x).height, w.size_of(x).width);
    const plait::sides around = w.padded();
    for (int c = 0; c < x.count(); ++c) {
        for (int row = 0; row < y.height; ++row) {
            for (int column = 0; column < y.width; ++column) {
                double best = -INFINITY;
                double sum = 0;
                int counted = 0;
                for (int t = 0; t < w.taps(); ++t) {
                    const int from_y = w.row(row, t);
                    const int from_x = w.column(column, t);
                    sum += x.at(c, from_y, from_x);
                    const bool inside = 0 <= from_y && from_y < x.height && 0 <= from_x && from_x < x.width;
                    const bool padded = from_y < x.height + around.bottom && from_x < x.width + around.right;
                    if (inside && (x.at(c, from_y, from_x) > best || std::isnan(x.at(c, from_y, from_x))))
                        best = x.at(c, from_y, from_x);
                    counted += inside || (padded && kind == pool_kind::mean);
                }
                y.at(c, row, column) = kind == pool_kind::largest ? best : sum / counted;
            }
        }
    }
    return y;
}

/// Weights come as [output][channel][pixel].
inline map linear(const map& x, const layer_weights& layer, int out) {
    map y = zeros(out, 1, 1);
    const int pixels = x.height * x.width;
    for (int o = 0; o < out; ++o) {
        double sum = layer.of_bias(o);
        for (int c = 0; c < x.count(); ++c) {
            for (int p = 0; p < pixels; ++p)
                sum +=
                    layer.weight((1LL * o * x.count() + c) * pixels + p) * x.at(c, p / x.width, p % x.width);
        }
        y.at(o, 0, 0) = sum;
    }
    return y;
}

/// Every input pixel adds its value times the kernel to the pixels from its own on; `around` is cut off.
inline map transposed(const map& x, const layer_weights& layer, int out, plait::extent size,
                      const window& w) {
    map y = zeros(out, size.height, size.width);
    const plait::sides around = w.padded();
    for (int o = 0; o < out; ++o) {
        for (double& value : y.channels[static_cast<std::size_t>(o)]) value = layer.of_bias(o);
        for (int c = 0; c < x.count(); ++c) {
            for (int p = 0; p < x.height * x.width; ++p) {
                for (int t = 0; t < w.taps(); ++t) {
                    const int row = p / x.width * w.stride.height + t / w.kernel.width - around.top;
                    const int column = p % x.width * w.stride.width + t % w.kernel.width - around.left;
                    if (row < 0 || row >= y.height || column < 0 || column >= y.width) continue;
                    y.at(o, row, column) += layer.weight((1LL * o * x.count() + c) * w.taps() + t) *
                                            x.at(c, p / x.width, p % x.width);
                }
            }
        }
        for (double& value : y.channels[static_cast<std::size_t>(o)]) value = activated(value, w.act);
    }
    return y;
}

inline map global_average_pool(const map& x) {
    map y = zeros(x.count(), 1, 1);
    for (int c = 0; c < x.count(); ++c) {
        double sum = 0;
        for (double value : x.channels[static_cast<std::size_t>(c)]) sum += value;
        y.at(c, 0, 0) = sum / (x.height * x.width);
    }
    return y;
}

inline map global_max_pool(const map& x) {
    map y = zeros(x.count(), 1, 1);
    for (int c = 0; c < x.count(); ++c) {
        const plane& channel = x.channels[static_cast<std::size_t>(c)];
        const bool is_number =
            std::none_of(channel.begin(), channel.end(), [](double v) { return std::isnan(v); });
        y.at(c, 0, 0) = is_number ? *std::max_element(channel.begin(), channel.end()) : NAN;
    }
    return y;
}

inline double combined(plait::binary_operation operation, double a, double b) {
    switch (operation) {
        case plait::binary_operation::add: return a + b;
        case plait::binary_operation::subtract: return a - b;
        case plait::binary_operation::multiply: return a * b;
        case plait::binary_operation::divide: return a / b;
        case plait::binary_operation::maximum: return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
        case plait::binary_operation::minimum: return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
    }
    return 0;
}

/// As PyTorch broadcasts: what has one channel, or one pixel, has it everywhere.
inline map combine(plait::binary_operation operation, const map& a, const map& b, plait::activation act) {
    map y = zeros(std::max(a.count(), b.count()), std::max(a.height, b.height), std::max(a.width, b.width));
    const auto spread = [](const map& m, int c, int row, int column) {
        return m.at(m.count() == 1 ? 0 : c, m.height == 1 ? 0 : row, m.width == 1 ? 0 : column);
    };
    for (int c = 0; c < y.count(); ++c) {
        for (int row = 0; row < y.height; ++row) {
            for (int column = 0; column < y.width; ++column)
                y.at(c, row, column) =
                    activated(combined(operation, spread(a, c, row, column), spread(b, c, row, column)), act);
        }
    }
    return y;
}

inline map add(const map& a, const map& b, plait::activation act) {
    return combine(plait::binary_operation::add, a, b, act);
}

inline map one_value(double value) { return {1, 1, {{value}}}; }
inline map one_a_channel(const layer_weights& values) {
    map made{1, 1, {}};
    for (const float value : values.weights) made.channels.push_back({double{value}});
    return made;
}

/// `made(channel, row, column)` everywhere.
template <class Made>
map map_of(int channels, int height, int width, Made made) {
    map y = zeros(channels, height, width);
    for (int c = 0; c < channels; ++c) {
        for (int row = 0; row < height; ++row) {
            for (int column = 0; column < width; ++column) y.at(c, row, column) = made(c, row, column);
        }
    }
    return y;
}

inline map upsample(const map& x, int factor) {
    return map_of(x.count(), x.height * factor, x.width * factor,
                  [&](int c, int row, int column) { return x.at(c, row / factor, column / factor); });
}

/// As PyTorch's interpolate and ONNX's Resize have it, in exact coordinates.
inline map resize(const map& x, plait::extent to, double factor, plait::interpolation by,
                  plait::coordinates at) {
    const auto source = [&](int i, int in, int out) {
        const double over = factor > 0 ? out / factor : in;  // inputs that the outputs span
        if (in == out) return 1.0 * i;
        switch (at) {
            case plait::coordinates::aligned: return out > 1 ? i * (in - 1.0) / (out - 1) : 0;
            case plait::coordinates::asymmetric: return i * over / out;
            case plait::coordinates::half_pixel: break;
        }
        return std::max(0.0, ((2 * i + 1) * over - out) / (2.0 * out));
    };
    return map_of(x.count(), to.height, to.width, [&](int c, int row, int column) {
        double y = source(row, x.height, to.height);
        double from_x = source(column, x.width, to.width);
        if (by == plait::interpolation::nearest_round) y += 0.5, from_x += 0.5;
        const int top = std::min(static_cast<int>(y), x.height - 1);
        const int left = std::min(static_cast<int>(from_x), x.width - 1);
        if (by != plait::interpolation::bilinear) return x.at(c, top, left);
        const int bottom = std::min(top + 1, x.height - 1);
        const int right = std::min(left + 1, x.width - 1);
        const double down = std::min(y - top, 1.0);
        const double across = std::min(from_x - left, 1.0);
        return (1 - down) * ((1 - across) * x.at(c, top, left) + across * x.at(c, top, right)) +
               down * ((1 - across) * x.at(c, bottom, left) + across * x.at(c, bottom, right));
    });
}

inline map pad(const map& x, plait::sides around, plait::padding_mode mode) {
    const auto reflected = [&](int i, int in) {
        if (mode == plait::padding_mode::zeros) return i;
        return i < 0 ? -i : i >= in ? 2 * in - 2 - i : i;
    };
    return map_of(x.count(), x.height + around.top + around.bottom, x.width + around.left + around.right,
                  [&](int c, int row, int column) {
                      return x.at(c, reflected(row - around.top, x.height),
                                  reflected(column - around.left, x.width));
                  });
}

/// From where, how many, how far apart.
struct cut {
    int from = 0;
    int count = 0;
    int step = 1;
};

inline map slice_pixels(const map& x, cut rows, cut columns) {
    return map_of(x.count(), rows.count, columns.count, [&](int c, int row, int column) {
        return x.at(c, rows.from + row * rows.step, columns.from + column * columns.step);
    });
}

inline map pixel_shuffle(const map& x, int factor) {
    map y = zeros(x.count() / factor / factor, x.height * factor, x.width * factor);
    for (int c = 0; c < x.count(); ++c) {
        for (int row = 0; row < x.height; ++row) {
            for (int column = 0; column < x.width; ++column)
                y.at(c / (factor * factor), row * factor + c / factor % factor,
                     column * factor + c % factor) = x.at(c, row, column);
        }
    }
    return y;
}

inline map pixel_unshuffle(const map& x, int factor) {
    map y = zeros(x.count() * factor * factor, x.height / factor, x.width / factor);
    for (int c = 0; c < x.count(); ++c) {
        for (int row = 0; row < x.height; ++row) {
            for (int column = 0; column < x.width; ++column)
                y.at((c * factor + row % factor) * factor + column % factor, row / factor, column / factor) =
                    x.at(c, row, column);
        }
    }
    return y;
}

inline map activate(const map& x, plait::activation act) {
    map y = x;
    for (plane& channel : y.channels) {
        for (double& value : channel) value = activated(value, act);
    }
    return y;
}

/// With a slope for each channel, or one.
inline map prelu(const map& x, const layer_weights& layer) {
    map y = x;
    for (int c = 0; c < y.count(); ++c) {
        const double slope = layer.weight(layer.weights.size() == 1 ? 0 : c);
        for (double& value : y.channels[static_cast<std::size_t>(c)])
            value = value > 0 ? value : slope * value;
    }
    return y;
}

/// Over the channels of each pixel.
inline map softmax(const map& x) {
    map y = x;
    for (std::size_t i = 0; i < static_cast<std::size_t>(x.height * x.width); ++i) {
        double sum = 0;
        for (const plane& channel : x.channels) sum += std::exp(channel[i]);
        for (plane& channel : y.channels) channel[i] = std::exp(channel[i]) / sum;
    }
    return y;
}

// What only moves channels.

inline map slice(const map& x, int begin, int end) {
    return {x.height, x.width, {x.channels.begin() + begin, x.channels.begin() + end}};
}

inline map concat(std::initializer_list<map> maps) {
    map all{maps.begin()->height, maps.begin()->width, {}};
    for (const map& m : maps) all.channels.insert(all.channels.end(), m.channels.begin(), m.channels.end());
    return all;
}

/// View as (groups, channels / groups), transpose, flatten.
inline map shuffle(const map& x, int groups) {
    const int each = x.count() / groups;
    map y{x.height, x.width, {}};
    for (int column = 0; column < each; ++column) {
        for (int row = 0; row < groups; ++row)
            y.channels.push_back(x.channels[static_cast<std::size_t>(row * each + column)]);
    }
    return y;
}

// The units, from their papers.

/// Hands out the weights of one layer after another.
class weight_source {
public:
    explicit weight_source(const std::vector<layer_weights>& all) : all_(all) {}

    const layer_weights& next() {
        while (all_[at_].weights.empty()) ++at_;
        return all_[at_++];
    }

private:
    const std::vector<layer_weights>& all_;
    std::size_t at_ = 0;
};

inline const window linear_1x1{};
inline const window relu_1x1{.act = plait::activation::relu};
inline const window linear_3x3{.kernel = 3};
inline const window linear_3x3_by_2{.kernel = 3, .stride = 2};

/// ShuffleNetV2 unit, arXiv 1807.11164, figure 3c.
inline map shuffle_unit(const map& in, plait::mixing mix, weight_source& weights) {
    map x = in;
    if (mix == plait::mixing::before) x = shuffle(in, 2);
    if (mix == plait::mixing::before_pairs) {
        x.channels.clear();
        for (int c = 0; c < in.count(); c += 2)
            x.channels.push_back(in.channels[static_cast<std::size_t>(c)]);
        for (int c = 1; c < in.count(); c += 2)
            x.channels.push_back(in.channels[static_cast<std::size_t>(c)]);
    }
    const int half = x.count() / 2;
    const map x1 = slice(x, 0, half);
    map y = slice(x, half, x.count());
    y = convolution(y, weights.next(), half, relu_1x1);
    y = depthwise(y, weights.next(), linear_3x3);
    y = convolution(y, weights.next(), half, relu_1x1);
    const map out = concat({x1, y});
    return mix == plait::mixing::after ? shuffle(out, 2) : out;
}

/// Down unit, figure 3d.
inline map shuffle_down(const map& x, int out, plait::mixing mix, weight_source& weights) {
    const int half = out / 2;
    map left = depthwise(x, weights.next(), linear_3x3_by_2);
    left = convolution(left, weights.next(), half, relu_1x1);
    map right = convolution(x, weights.next(), half, relu_1x1);
    right = depthwise(right, weights.next(), linear_3x3_by_2);
    right = convolution(right, weights.next(), half, relu_1x1);
    const map y = concat({left, right});
    return mix == plait::mixing::after ? shuffle(y, 2) : y;
}

struct aug_shuffle_options {
    int transform = 0;  ///< channels
    plait::order variant{};
    plait::activation expand_activation{};
    int groups = 1;
    plait::communication communication = plait::communication::after_depthwise;
};

/// Crossover of a transform t and a bank b: what goes on, and what stays.
inline std::pair<map, map> crossed_over(plait::order variant, const map& t, const map& b) {
    const map t1 = slice(t, 0, t.count() / 2);
    const map t2 = slice(t, t.count() / 2, t.count());
    const map b1 = slice(b, 0, b.count() / 2);
    const map b2 = slice(b, b.count() / 2, b.count());
    switch (variant) {
        case plait::order::port: return {concat({b2, t2}), concat({t1, b1})};
        case plait::order::article: return {concat({t2, b1}), concat({b2, t1})};
        case plait::order::plus: break;
    }
    return {concat({t2, b2}), concat({t1, b1})};
}

/// AugShuffle unit, arXiv 2203.06589: what the second pointwise convolution reads and what is put out, by
/// variant, as the three public codes have it.
inline map aug_shuffle(const map& x, aug_shuffle_options options, weight_source& weights) {
    const bool article = options.variant == plait::order::article;
    const int transform = options.transform;
    const int bank = x.count() - transform;
    const map xa = article ? slice(x, 0, transform) : slice(x, bank, x.count());
    const map b = article ? slice(x, transform, x.count()) : slice(x, 0, bank);
    using plait::communication;
    map t = convolution(xa, weights.next(), transform, {.act = options.expand_activation});
    map stays = b;
    if (options.communication == communication::after_both)
        std::tie(t, stays) = crossed_over(options.variant, t, stays);
    t = depthwise(t, weights.next(), linear_3x3);
    if (options.communication != communication::never)
        std::tie(t, stays) = crossed_over(options.variant, t, stays);
    const map y = convolution(t, weights.next(), t.count(), relu_1x1);
    const map out = article ? concat({y, stays}) : concat({stays, y});
    return options.groups == 1 ? out : shuffle(out, options.groups);
}

/// MobileNetV2's inverted residual, arXiv 1801.04381, table 1 and figure 4d.
inline map inverted_residual(const map& x, plait::inverted_residual unit, weight_source& weights) {
    const window wide{.kernel = unit.kernel, .stride = unit.stride, .act = unit.activation};
    map y = x;
    if (unit.expansion > 1)
        y = convolution(y, weights.next(), unit.expansion * x.count(), {.act = unit.activation});
    y = depthwise(y, weights.next(), wide);
    y = convolution(y, weights.next(), unit.out, linear_1x1);
    const bool adds = unit.stride == 1 && unit.out == x.count();
    return adds ? add(x, y, plait::activation::none) : y;
}

/// ResNet's basic block, arXiv 1512.03385, figure 5 and section 3.3.
inline map basic_residual(const map& x, plait::basic_residual unit, weight_source& weights) {
    const window first{.kernel = 3, .stride = unit.stride, .act = plait::activation::relu};
    map y = convolution(x, weights.next(), unit.out, first);
    y = convolution(y, weights.next(), unit.out, linear_3x3);
    const bool projects = unit.stride > 1 || unit.out != x.count();
    const map shortcut = projects ? convolution(x, weights.next(), unit.out, {.stride = unit.stride}) : x;
    return add(y, shortcut, plait::activation::relu);
}

/// ShuffleNetV1 unit, arXiv 1707.01083, figures 2b and 2c.
inline map grouped_shuffle_unit(const map& x, plait::grouped_shuffle_unit unit, weight_source& weights) {
    const bool down = unit.stride == 2;
    const int made = down ? unit.out - x.count() : unit.out;
    map y = convolution(x, weights.next(), unit.out / 4, relu_1x1, unit.first_is_grouped ? unit.groups : 1);
    y = shuffle(y, unit.groups);
    y = depthwise(y, weights.next(), {.kernel = 3, .stride = unit.stride});
    y = convolution(y, weights.next(), made, linear_1x1, unit.groups);
    if (!down) return add(x, y, plait::activation::relu);
    const map pooled = pool(x, {.kernel = 3, .stride = 2}, pool_kind::mean);
    return activate(concat({pooled, y}), plait::activation::relu);
}

// Any lowered network, call by call.

/// A lowered network without its sizes in its type.
struct calls {
    const plait::op* ops;
    int count;
    const int* pool;
    int channels;
    plait::feature_map input;

    template <plait::graph_sizes Sizes>
    explicit calls(const plait::program<Sizes>& p)
        : ops(p.ops), count(Sizes.ops), pool(p.pool), channels(Sizes.channels), input(p.input) {}
};

inline map resample(const map& x, const plait::sampling& how) {
    using enum plait::sampled_axis::rule;
    const plait::sampled_axis& rows = how.rows;
    const plait::sampled_axis& columns = how.columns;
    const auto resized = [&](plait::interpolation by) {
        return resize(x, how.outputs(), double{rows.factor}, by, rows.at);
    };
    switch (rows.by) {
        case nearest_floor: return resized(plait::interpolation::nearest_floor);
        case nearest_round: return resized(plait::interpolation::nearest_round);
        case linear: return resized(plait::interpolation::bilinear);
        case reflection:
            return pad(x,
                       {-rows.begin, -columns.begin, rows.out - x.height + rows.begin,
                        columns.out - x.width + columns.begin},
                       plait::padding_mode::reflection);
        case zeros: break;
    }
    return slice_pixels(x, {rows.begin, rows.out, rows.step}, {columns.begin, columns.out, columns.step});
}

/// `other` is the second operand, where there is one.
inline map make(const plait::op& o, const map& x, const layer_weights& layer, const map& other = {}) {
    const plait::window_axis& rows = o.window.rows;
    const plait::window_axis& columns = o.window.columns;
    const window w{.kernel = plait::extent{rows.kernel, columns.kernel},
                   .stride = plait::extent{rows.stride, columns.stride},
                   .act = o.act,
                   .dilation = plait::extent{rows.dilation, columns.dilation},
                   .padding = plait::sides{rows.before, columns.before, rows.after, columns.after},
                   .out = o.out.size};
    switch (o.kind) {
        case plait::op_kind::dense:
        case plait::op_kind::pointwise: return convolution(x, layer, o.out.count, w, o.groups);
        case plait::op_kind::linear: return linear(x, layer, o.out.count);
        case plait::op_kind::depthwise: return depthwise(x, layer, w);
        case plait::op_kind::max_pool: return pool(x, w, pool_kind::largest);
        case plait::op_kind::average_pool:
            return activate(pool(x, w, o.count_include_pad ? pool_kind::mean : pool_kind::mean_inside),
                            o.act);
        case plait::op_kind::global_average_pool: return global_average_pool(x);
        case plait::op_kind::global_max_pool: return global_max_pool(x);
        case plait::op_kind::binary: {
            const bool is_constant = o.binary.other == plait::operand::constant;
            const map second = is_constant ? one_value(double{o.binary.constant})
                               : o.binary.other == plait::operand::channel_values ? one_a_channel(layer)
                                                                                  : other;
            return o.binary.other_first ? combine(o.binary.operation, second, x, o.act)
                                        : combine(o.binary.operation, x, second, o.act);
        }
        case plait::op_kind::resample: return resample(x, o.sampling);
        case plait::op_kind::pixel_shuffle: return pixel_shuffle(x, o.factor);
        case plait::op_kind::pixel_unshuffle: return pixel_unshuffle(x, o.factor);
        case plait::op_kind::fill: return zeros(o.out.count, o.out.size.height, o.out.size.width);
        case plait::op_kind::activate: return activate(x, o.act);
        case plait::op_kind::softmax: return softmax(x);
        case plait::op_kind::prelu: return prelu(x, layer);
        case plait::op_kind::conv_transpose: return transposed(x, layer, o.out.count, o.out.size, w);
        case plait::op_kind::batch_norm:
        case plait::op_kind::dropout:
        case plait::op_kind::input:
        case plait::op_kind::on_packs: break;
    }
    return x;
}

/// Every channel that the network ever makes, by number.
class run {
public:
    run(const calls& network, const std::vector<layer_weights>& weights, const map& picture,
        const std::vector<map>& further = {})
        : network_(network), planes_(static_cast<std::size_t>(network.channels)) {
        put(network.input, picture);
        auto next = further.begin();
        for (int i = 0; i < network.count; ++i) {
            const plait::op& o = network.ops[i];
            if (o.kind == plait::op_kind::input)
                put(o.out, *next++);
            else
                put(o.out, make(o, get(o.in), weights[static_cast<std::size_t>(i)], get(o.other)));
        }
    }

    map get(plait::feature_map which) const {
        map found{which.size.height, which.size.width, {}};
        for (int c = 0; c < which.count; ++c) found.channels.push_back(planes_[number(which, c)]);
        return found;
    }

private:
    std::size_t number(plait::feature_map which, int c) const {
        return static_cast<std::size_t>(network_.pool[which.first + c]);
    }
    void put(plait::feature_map where, const map& made) {
        for (int c = 0; c < where.count; ++c)
            planes_[number(where, c)] = made.channels[static_cast<std::size_t>(c)];
    }

    calls network_;
    std::vector<plane> planes_;
};

/// Activations are near 1. Where all of a map are less than this, the terms of their sums are not.
inline constexpr double least_largest = 1e-3;

/// Channel by channel, row by row.
inline std::vector<double> values(const map& of) {
    std::vector<double> all;
    for (const plane& channel : of.channels) all.insert(all.end(), channel.begin(), channel.end());
    return all;
}

inline map random_picture(plait::shape s, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    map picture = zeros(s.channels, s.height, s.width);
    for (plane& channel : picture.channels) {
        for (double& value : channel) value = double{uniform(random)};
    }
    return picture;
}

inline void copy(const map& from, float* to) {
    for (const plane& channel : from.channels) {
        for (double value : channel) *to++ = static_cast<float>(value);
    }
}

}  // namespace reference
