// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

#include "plait/core/channel_map.hpp"
#include "plait/core/name.hpp"
#include "plait/core/refusal.hpp"
#include "plait/graph/block_record.hpp"
#include "plait/graph/op.hpp"

namespace plait::inline PLAIT_TARGET {

/// How much a graph has recorded.
struct graph_sizes {
    int ops = 0;
    int pool = 0;      ///< entries of the pool of channel numbers
    int channels = 0;  ///< distinct channels: the input's and every call's outputs
    int outputs = 0;
    int blocks = 0;      ///< leaf blocks
    int characters = 0;  ///< of names

    friend constexpr bool operator==(const graph_sizes&, const graph_sizes&) = default;
};

/// Where a graph records; counting needs no storage.
struct graph_storage {
    op* ops = nullptr;
    int* pool = nullptr;
    feature_map* outputs = nullptr;
    block_record* blocks = nullptr;
    char* characters = nullptr;
};

/// Which block refuses: its number in the declaration, then in the block that this is made of, and so on.
struct block_trail {
    static constexpr int deepest = 8;

    int position[deepest]{};
    int depth = 0;
};

/// The first thing that a graph refused.
struct graph_refusal {
    bool has_happened = false;
    const sentence* why = nullptr;
    block_trail where{};
    shape input{};
    shape other{0, 0, 0};  ///< of a join: what `input` was to be joined to
};

/// A convolution as a block asks for it, with what is applied to its sums. What has no name is numbered, as
/// in an `nn.Sequential`.
struct convolution {
    int out = 0;
    per_axis kernel = 1;
    per_axis stride = 1;
    plait::padding padding = padding::centred;
    per_axis dilation = 1;
    int groups = 1;
    affine after = affine::batch_norm;
    activation act = activation::none;
    std::string_view name{};
    std::string_view norm_name{};
};

/// A depthwise convolution keeps the number of channels.
struct depthwise_convolution {
    per_axis kernel = 3;
    per_axis stride = 1;
    plait::padding padding = padding::centred;
    per_axis dilation = 1;
    affine after = affine::batch_norm;
    activation act = activation::none;
    std::string_view name{};
    std::string_view norm_name{};
};

/// A transposed convolution: PyTorch's ConvTranspose2d. `padding` is cut off on all sides, `output_padding`
/// added below and right.
struct transposed_convolution {
    int out = 0;
    per_axis kernel = 2;
    per_axis stride = 2;
    per_axis padding = 0;
    per_axis output_padding = 0;
    affine after = affine::batch_norm;
    activation act = activation::none;
    std::string_view name{};
    std::string_view norm_name{};
};

/// A fully connected layer.
struct fully_connected {
    int out = 0;
    bool bias = true;
    std::string_view name{};
};

/// Padding never wins a max pool; in an average pool it counts as zeros or not at all.
struct pooling {
    per_axis kernel = 3;
    per_axis stride = 2;
    plait::padding padding = padding::centred;
    per_axis dilation = 1;
    bool ceil_mode = false;  ///< whether the last window may end past the padding
    bool count_include_pad = true;
    activation act = activation::none;  ///< of an average pool
};

/// A leaky ReLU with a trained slope for each channel, or one for all.
struct parametric_relu {
    bool one_slope = false;
    std::string_view name{};
};

/// A value for each channel, C x 1 x 1: a tensor of the state_dict under that very name, as modules keep an
/// `nn.Parameter`. What has no name is the weight of the next number.
struct channel_values {
    std::string_view name{};
};

/// What batch norms are that do not say.
struct norm_defaults {
    real epsilon = 1e-5;
    real momentum = 0.1;

    friend constexpr bool operator==(norm_defaults, norm_defaults) = default;
};

/// To an exact size, or by a factor of both axes, which PyTorch's `scale_factor` is; sizes are rounded down.
struct resizing {
    extent to{0, 0};
    real factor{};
    interpolation by = interpolation::nearest_floor;
    coordinates at = coordinates::asymmetric;
};

class graph_scope;

/// All that a block sees. Every call's outputs are fresh consecutive channel numbers; `slice`, `concat` and
/// `shuffle` only name them anew. Without storage a graph counts; with storage of the counted size it
/// records what was meant, call by call: which calls one kernel computes is decided later.
class graph {
public:
    constexpr graph() = default;
    explicit constexpr graph(const graph_storage& storage) : to_(storage) {}

    /// An input of the network: the first before all calls, whose channels no call makes; any further one
    /// where a block asks for it.
    constexpr feature_map input(shape s) {
        if (input_channels_ > 0) return further_input(s);
        input_size_ = s.plane();
        input_channels_ = s.channels;
        return fresh(s.plane(), s.channels);
    }

    /// Makes `x` an output of the network; it stays intact to the end of a forward pass.
    constexpr feature_map output(feature_map x) {
        if (!accepts(x)) return x;
        if (to_.outputs) to_.outputs[sizes_.outputs] = x;
        ++sizes_.outputs;
        return x;
    }

    /// The blocks one after another, each on what the one before left.
    template <class... Blocks>
    constexpr feature_map operator()(feature_map x, const Blocks&... blocks) {
        [[maybe_unused]] int position = 0;
        ((x = apply_at(position++, blocks, x)), ...);
        return x;
    }

    /// One block on a map: refused where its `check` says so, else what its `lower` makes.
    template <class Block>
    constexpr feature_map apply(const Block& block, feature_map x) {
        if (!accepts(x)) return x;
        if (const refusal refused = block.check(x.dimensions())) return refuse(*refused.why, x);
        if constexpr (requires { Block::composite; })
            return block.lower(*this, x);
        else
            return apply_leaf(block, x);
    }

    /// The same of the part number `position` of a block that is made of blocks.
    template <class Block>
    constexpr feature_map apply_at(int position, const Block& block, feature_map x) {
        if (trail_.depth < block_trail::deepest) trail_.position[trail_.depth] = position;
        ++trail_.depth;
        const feature_map y = apply(block, x);
        --trail_.depth;
        return y;
    }

    // Where weights stand in a state_dict.

    /// What is called with the scope has its names below this one's, its blocks numbered from 0. Scopes nest;
    /// an empty name is that of the scope around. A name must not come twice: see `share`.
    [[nodiscard]] constexpr graph_scope in(std::string_view scope);

    /// The same in the next number of an `nn.Sequential`.
    [[nodiscard]] constexpr graph_scope in_next();

    /// What is called with the scope has the weights of what an earlier scope of this name has made.
    [[nodiscard]] constexpr graph_scope share(std::string_view scope);

    /// What is called with the scope has, in the place of its numbers, the name that is given and those that
    /// count on from it: "unit1", "unit2", "unit3".
    [[nodiscard]] constexpr graph_scope count_on_from(std::string_view first);

    /// A block under a name instead of its number.
    template <class Block>
    constexpr feature_map apply_named(std::string_view name, const Block& block, feature_map x) {
        const int named_before = named_layers_;
        frame_.pending = name;
        const feature_map y = apply_at(0, block, x);
        const bool is_lost = !frame_.pending.empty() && named_layers_ > named_before;
        frame_.pending = {};
        return is_lost ? refuse(refusals::a_layer_has_one_name, x) : y;
    }

    /// `body()` in a scope where the layers of a `conv` or `depthwise` take numbers of their own, as in one
    /// flat `nn.Sequential` of convolutions, norms and activations.
    template <class Body>
    constexpr feature_map flat(Body body) {
        const bool before = frame_.flat;
        frame_.flat = true;
        const feature_map y = body();
        frame_.flat = before;
        return y;
    }

    /// What takes a number in an `nn.Sequential` but has no call here.
    constexpr void skip_number() { skip(); }

    /// What batch norms that follow are unless they say.
    constexpr void set_norm_defaults(norm_defaults defaults) {
        if (!(defaults.epsilon > 0)) return (void)refuse(refusals::epsilon_must_be_positive, {});
        if (!(defaults.momentum >= 0 && defaults.momentum <= 1))
            return (void)refuse(refusals::momentum_must_lie_between_0_and_1, {});
        norm_defaults_ = defaults;
    }

    // Only names move.

    /// Channels of several maps of one size, one map after another.
    template <class... Maps>
    constexpr feature_map concat(feature_map first, Maps... others) {
        const feature_map maps[]{first, others...};
        return concat(maps);
    }

    template <std::size_t Count>
    constexpr feature_map concat(const feature_map (&maps)[Count]) {
        const int begin = sizes_.pool;
        for (const feature_map& map : maps) {
            if (!accepts(map)) return maps[0];
            if (map.size != maps[0].size)
                return refuse_join(refusals::joined_maps_must_have_one_size, maps[0], map);
            if (map.is_flattened != maps[0].is_flattened)
                return refuse(refusals::what_is_flattened_is_no_map, map);
            append(map);
        }
        return {maps[0].size, begin, sizes_.pool - begin, maps[0].is_flattened};
    }

    /// Views channels as (groups, channels / groups), transposes, flattens.
    constexpr feature_map shuffle(feature_map x, int groups) {
        if (!accepts(x)) return x;
        if (x.is_flattened) return refuse(refusals::what_is_flattened_is_no_map, x);
        if (groups < 1 || x.count % groups != 0) return refuse(refusals::groups_must_divide_the_channels, x);
        const int begin = sizes_.pool;
        if (to_.pool) {
            int to = begin;
            for (int i = 0; i < x.count / groups; ++i)
                for (int from = x.first + i; from < x.first + x.count; from += x.count / groups)
                    to_.pool[to++] = to_.pool[from];
        }
        sizes_.pool += x.count;
        return {x.size, begin, x.count};
    }

    // The calls that a block may make.

    /// Convolution: C x H x W to out x H' x W', as its window says. With one group a channel it is depthwise,
    /// and may make several of each.
    constexpr feature_map conv(feature_map x, const convolution& c) {
        if (!accepts(x)) return x;
        if (c.out < 1) return refuse(refusals::output_channels_must_be_positive, x);
        if (c.groups < 1 || x.count % c.groups != 0 || c.out % c.groups != 0)
            return refuse(refusals::groups_must_divide_the_channels, x);
        const bool one_a_channel = c.groups > 1 && c.groups == x.count;
        op o{.kind = one_a_channel ? op_kind::depthwise : op_kind::dense,
             .groups = one_a_channel ? 1 : c.groups};
        const windowing asked{c.kernel, c.stride, c.dilation, c.padding};
        if (!set_window(o, x, asked)) return x;
        if (!one_a_channel && o.window.is_point()) o.kind = op_kind::pointwise;
        if (one_a_channel && c.out > x.count) x = each_repeated(x, c.out / x.count);
        return layer(o, x, o.window.outputs(x.size), c.out, c.name, c.norm_name, c.after, c.act);
    }
    /// Convolution of every channel by itself.
    constexpr feature_map depthwise(feature_map x, const depthwise_convolution& c) {
        if (!accepts(x)) return x;
        op o{.kind = op_kind::depthwise};
        if (!set_window(o, x, {c.kernel, c.stride, c.dilation, c.padding})) return x;
        return layer(o, x, o.window.outputs(x.size), x.count, c.name, c.norm_name, c.after, c.act);
    }
    /// Transposed convolution: C x H x W to out x H' x W', `stride` times as high and wide or about that.
    constexpr feature_map conv_transpose(feature_map x, const transposed_convolution& c) {
        if (!accepts(x)) return x;
        if (c.out < 1) return refuse(refusals::output_channels_must_be_positive, x);
        const windowing asked{
            .kernel = c.kernel, .stride = c.stride, .pad = extent{c.padding.height, c.padding.width}};
        if (const refusal refused = asked.check()) return refuse(*refused.why, x);
        if (c.padding.height >= c.kernel.height || c.padding.width >= c.kernel.width)
            return refuse(refusals::padding_must_be_smaller_than_the_kernel, x);
        const per_axis more = c.output_padding;
        if (more.height < 0 || more.width < 0 || more.height >= c.stride.height ||
            more.width >= c.stride.width)
            return refuse(refusals::output_padding_must_be_smaller_than_the_stride, x);
        op o{.kind = op_kind::conv_transpose, .window = asked.over(x.size)};
        o.window.rows.after -= more.height;
        o.window.columns.after -= more.width;
        constexpr int most_side = most_values / 2 / 4096;
        if (x.size.height > most_side || x.size.width > most_side)
            return refuse(refusals::map_must_fit_an_int, x);
        const extent made = o.window.undone(x.size);
        if (made.height < 1 || made.width < 1) return refuse(refusals::a_pixel_must_be_left, x);
        return layer(o, x, made, c.out, c.name, c.norm_name, c.after, c.act);
    }
    /// Largest value under a window.
    constexpr feature_map max_pool(feature_map x, const pooling& p) {
        skip();
        return pool({.kind = op_kind::max_pool}, x, p);
    }
    /// Mean under a window, then its activation.
    constexpr feature_map average_pool(feature_map x, const pooling& p) {
        skip();
        return activated(
            pool({.kind = op_kind::average_pool, .count_include_pad = p.count_include_pad}, x, p), p.act);
    }
    /// Mean of each channel: C x H x W to C x 1 x 1.
    constexpr feature_map global_average_pool(feature_map x) {
        skip();
        return emit({.kind = op_kind::global_average_pool}, x, {1, 1}, x.count);
    }
    /// The largest value of each channel, not a number where one is none: C x H x W to C x 1 x 1.
    constexpr feature_map global_max_pool(feature_map x) {
        skip();
        return emit({.kind = op_kind::global_max_pool}, x, {1, 1}, x.count);
    }
    /// PyTorch's Flatten: all values in a row, channel by channel and row by row, for linear layers. Nothing
    /// moves.
    constexpr feature_map flatten(feature_map x) {
        skip();
        x.is_flattened = x.size.pixels() > 1;
        return x;
    }
    /// Fully connected: C x H x W, channel by channel and row by row, to out x 1 x 1.
    constexpr feature_map linear(feature_map x, const fully_connected& f) {
        if (!accepts(x)) return x;
        op o{.kind = op_kind::linear, .bias = f.bias};
        o.name = named(f.name);
        return emit(o, x, {1, 1}, f.out);
    }
    /// The same with a bias, numbered.
    constexpr feature_map linear(feature_map x, int out) { return linear(x, fully_connected{.out = out}); }
    /// Every pixel `factor` x `factor` times.
    constexpr feature_map upsample(feature_map x, int factor) {
        if (!accepts(x)) return x;
        if (factor < 1) return refuse(refusals::factor_must_be_positive, x);
        if (factor > most_values / x.size.height || factor > most_values / x.size.width)
            return refuse(refusals::map_must_fit_an_int, x);
        return interpolate(x, {.to = x.size * factor});
    }
    /// The map at another size.
    constexpr feature_map interpolate(feature_map x, const resizing& r) {
        if (!accepts(x)) return x;
        skip();
        const double factor = r.factor;
        if (factor != 0 && !(factor > 0)) return refuse(refusals::factor_must_be_positive, x);
        if (factor * x.size.height > most_values || factor * x.size.width > most_values)
            return refuse(refusals::map_must_fit_an_int, x);
        if (factor != 0 && r.to != extent{0, 0}) return refuse(refusals::a_resize_has_a_size_or_a_factor, x);
        const extent to = factor != 0 ? extent{static_cast<int>(x.size.height * factor),
                                               static_cast<int>(x.size.width * factor)}
                                      : r.to;
        const auto axis = [&](int in, int out) {
            using enum sampled_axis::rule;
            constexpr sampled_axis::rule rules[]{nearest_floor, nearest_round, linear};
            return sampled_axis{
                .by = rules[static_cast<int>(r.by)], .at = r.at, .in = in, .out = out, .factor = r.factor};
        };
        return resample(x, {axis(x.size.height, to.height), axis(x.size.width, to.width)},
                        refusals::a_resize_leaves_a_pixel);
    }
    /// The map with pixels around it, zeros or its own reflected by its border.
    constexpr feature_map pad(feature_map x, sides around, padding_mode mode = padding_mode::zeros) {
        if (!accepts(x)) return x;
        skip();
        for (const int side : {around.top, around.left, around.bottom, around.right}) {
            if (side < 0) return refuse(refusals::padding_must_not_be_negative, x);
            if (side > most_padding) return refuse(refusals::windows_have_at_most_4096_pixels, x);
        }
        const bool reflects = mode == padding_mode::reflection;
        const auto larger = [](int a, int b) { return a > b ? a : b; };
        if (reflects && (larger(around.top, around.bottom) >= x.size.height ||
                         larger(around.left, around.right) >= x.size.width))
            return refuse(refusals::reflections_must_lie_in_the_map, x);
        const auto axis = [&](int in, int before, int after) {
            return sampled_axis{.by = reflects ? sampled_axis::rule::reflection : sampled_axis::rule::zeros,
                                .in = in,
                                .out = in + before + after,
                                .begin = -before};
        };
        return resample(
            x,
            {axis(x.size.height, around.top, around.bottom), axis(x.size.width, around.left, around.right)},
            refusals::a_resize_leaves_a_pixel);
    }
    /// Some rows and columns of the map, every one of `step`.
    constexpr feature_map slice_pixels(feature_map x, pixel_range rows, pixel_range columns) {
        if (!accepts(x)) return x;
        const auto axis = [&](int in, const pixel_range& range) {
            const int to = range.to == pixel_range::end ? in : range.to;
            const bool fits = range.step > 0 && range.from >= 0 && range.from < to && to <= in;
            const int out = fits ? (to - range.from - 1) / range.step + 1 : 0;
            return sampled_axis{.in = in, .out = out, .begin = range.from, .step = range.step};
        };
        return resample(x, {axis(x.size.height, rows), axis(x.size.width, columns)},
                        refusals::sliced_pixels_must_lie_in_the_map);
    }
    /// C x H x W to C / factor^2 x factor H x factor W: PyTorch's PixelShuffle.
    constexpr feature_map pixel_shuffle(feature_map x, int factor) {
        if (!accepts(x)) return x;
        skip();
        if (factor < 1 || factor > most_shuffled) return refuse(refusals::shuffled_pixels_are_few, x);
        if (x.count % (factor * factor) != 0) return refuse(refusals::squares_must_divide_the_channels, x);
        if (factor > most_values / x.size.height || factor > most_values / x.size.width)
            return refuse(refusals::map_must_fit_an_int, x);
        return emit({.kind = op_kind::pixel_shuffle, .factor = factor}, x, x.size * factor,
                    x.count / factor / factor);
    }
    /// What `pixel_shuffle` undoes: PyTorch's PixelUnshuffle.
    constexpr feature_map pixel_unshuffle(feature_map x, int factor) {
        if (!accepts(x)) return x;
        skip();
        if (factor < 1 || factor > most_shuffled) return refuse(refusals::shuffled_pixels_are_few, x);
        if (!x.size.divisible_by(factor)) return refuse(refusals::squares_must_divide_the_map, x);
        if (x.count > most_values / factor / factor) return refuse(refusals::map_must_fit_an_int, x);
        return emit({.kind = op_kind::pixel_unshuffle, .factor = factor}, x, x.size / factor,
                    x.count * factor * factor);
    }
    /// The map between channels of zeros.
    constexpr feature_map pad_channels(feature_map x, int before, int after) {
        if (!accepts(x)) return x;
        if (before < 0 || after < 0) return refuse(refusals::padding_must_not_be_negative, x);
        if (before > most_values - after) return refuse(refusals::map_must_fit_an_int, x);
        if (before + after == 0) return x;
        const feature_map zeros = emit({.kind = op_kind::fill}, x.slice(0, 1), x.size, before + after);
        if (before == 0) return concat(x, zeros);
        if (after == 0) return concat(zeros, x);
        return concat(zeros.slice(0, before), x, zeros.slice(before, before + after));
    }
    // Of two maps of one shape, or one of them C x 1 x 1, 1 x H x W or 1 x 1 x 1; of a map and a constant; or
    // of a map and a value for each of its channels.

    /// act(a + b).
    constexpr feature_map add(feature_map a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::add, a, b, act);
    }
    constexpr feature_map add(feature_map a, real b, activation act = activation::none) {
        return combine(binary_operation::add, a, b, act);
    }
    constexpr feature_map add(feature_map a, channel_values b, activation act = activation::none) {
        return combine(binary_operation::add, a, b, act);
    }
    /// act(a + b) of maps of one shape and no other, as a residual block adds.
    constexpr feature_map residual(feature_map a, feature_map b, activation act) {
        if (!accepts(a) || !accepts(b)) return a;
        if (a.dimensions() != b.dimensions())
            return refuse_join(refusals::added_maps_must_have_one_shape, a, b);
        return add(a, b, act);
    }
    /// act(a - b).
    constexpr feature_map subtract(feature_map a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::subtract, a, b, act);
    }
    constexpr feature_map subtract(feature_map a, real b, activation act = activation::none) {
        return combine(binary_operation::subtract, a, b, act);
    }
    constexpr feature_map subtract(real a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::subtract, b, a, act, true);
    }
    constexpr feature_map subtract(feature_map a, channel_values b, activation act = activation::none) {
        return combine(binary_operation::subtract, a, b, act);
    }
    constexpr feature_map subtract(channel_values a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::subtract, b, a, act, true);
    }
    /// act(a * b).
    constexpr feature_map multiply(feature_map a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::multiply, a, b, act);
    }
    constexpr feature_map multiply(feature_map a, real b, activation act = activation::none) {
        return combine(binary_operation::multiply, a, b, act);
    }
    constexpr feature_map multiply(feature_map a, channel_values b, activation act = activation::none) {
        return combine(binary_operation::multiply, a, b, act);
    }
    /// act(a / b).
    constexpr feature_map divide(feature_map a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::divide, a, b, act);
    }
    constexpr feature_map divide(feature_map a, real b, activation act = activation::none) {
        return combine(binary_operation::divide, a, b, act);
    }
    constexpr feature_map divide(real a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::divide, b, a, act, true);
    }
    constexpr feature_map divide(feature_map a, channel_values b, activation act = activation::none) {
        return combine(binary_operation::divide, a, b, act);
    }
    constexpr feature_map divide(channel_values a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::divide, b, a, act, true);
    }
    /// act(the larger of a and b), not a number where either is none.
    constexpr feature_map maximum(feature_map a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::maximum, a, b, act);
    }
    constexpr feature_map maximum(feature_map a, real b, activation act = activation::none) {
        return combine(binary_operation::maximum, a, b, act);
    }
    constexpr feature_map maximum(feature_map a, channel_values b, activation act = activation::none) {
        return combine(binary_operation::maximum, a, b, act);
    }
    /// act(the smaller of a and b), not a number where either is none.
    constexpr feature_map minimum(feature_map a, feature_map b, activation act = activation::none) {
        return combine(binary_operation::minimum, a, b, act);
    }
    constexpr feature_map minimum(feature_map a, real b, activation act = activation::none) {
        return combine(binary_operation::minimum, a, b, act);
    }
    constexpr feature_map minimum(feature_map a, channel_values b, activation act = activation::none) {
        return combine(binary_operation::minimum, a, b, act);
    }
    /// An activation by itself.
    constexpr feature_map activate(feature_map x, activation act) {
        if (act.kind == activation_kind::none) return activated(x, act);
        skip();
        return activated(x, act);
    }
    /// x, below 0 x times the slope of its channel.
    constexpr feature_map prelu(feature_map x, const parametric_relu& p) {
        if (!accepts(x)) return x;
        op o{.kind = op_kind::prelu, .one_slope = p.one_slope};
        o.name = named(p.name);
        return emit(o, x, x.size, x.count);
    }
    /// Softmax over the channels of each pixel.
    constexpr feature_map softmax(feature_map x) {
        skip();
        return emit({.kind = op_kind::softmax}, x, x.size, x.count);
    }
    /// Batch norm, of anything; where a convolution alone makes what it alone reads, it costs nothing.
    constexpr feature_map batch_norm(feature_map x, const affine& how, std::string_view name = {}) {
        if (!accepts(x)) return x;
        const batch_norm_options options{how.epsilon == real{} ? norm_defaults_.epsilon : how.epsilon,
                                         how.momentum == real{} ? norm_defaults_.momentum : how.momentum,
                                         how.scales};
        if (!(options.epsilon > 0)) return refuse(refusals::epsilon_must_be_positive, x);
        if (!(options.momentum >= 0 && options.momentum <= 1))
            return refuse(refusals::momentum_must_lie_between_0_and_1, x);
        op o{.kind = op_kind::batch_norm, .normalisation = options};
        o.name = named(name);
        return emit(o, x, x.size, x.count);
    }
    /// Dropout, which does something in training alone: it makes values zeros by chance, and the others
    /// larger by as much.
    constexpr feature_map dropout(feature_map x, double probability) {
        skip();
        return drop(x, probability, false);
    }
    /// The same of whole pictures, whose map is then zeros: of a branch that is added to what it branches
    /// from.
    constexpr feature_map stochastic_depth(feature_map x, double probability) {
        return drop(x, probability, true);
    }

    /// Whether nothing has been refused.
    constexpr bool accepted() const { return !refused_.has_happened; }
    /// The first refusal.
    constexpr const graph_refusal& refused() const { return refused_; }
    /// How much has been counted or recorded.
    constexpr const graph_sizes& sizes() const { return sizes_; }

private:
    friend class graph_scope;

    constexpr feature_map drop(feature_map x, double probability, bool whole_pictures) {
        if (!(probability >= 0 && probability < 1))
            return refuse(refusals::probability_must_lie_between_0_and_1, x);
        const op o{
            .kind = op_kind::dropout, .probability = probability, .drops_whole_pictures = whole_pictures};
        return emit(o, x, x.size, x.count);
    }

    static constexpr int longest_name = 255;
    static constexpr int most_shuffled = 16;
    static constexpr int most_padding = 4096;
    static constexpr int most_values = 0x7fff'ffff;

    /// A scope that is open.
    struct frame {
        int next = 0;                ///< number of the next block or layer without a name
        std::string_view stem{};     ///< what stands before the number
        std::string_view pending{};  ///< what that is called instead, where somebody has said so
        bool flat = false;
        bool sharing = false;
    };

    // Refusing.

    constexpr feature_map refuse(const sentence& why, feature_map x) {
        return refuse_join(why, {{0, 0}, 0, 0}, x);
    }

    constexpr feature_map refuse_join(const sentence& why, feature_map first, feature_map second) {
        if (accepted()) refused_ = {true, &why, trail_, second.dimensions(), first.dimensions()};
        return second;
    }

    /// Whether nothing is refused so far, and the map is one of this graph.
    constexpr bool accepts(feature_map x) {
        if (!accepted()) return false;
        const bool is_range = x.first >= 0 && x.count > 0 && x.count <= sizes_.pool - x.first;
        if (is_range && has_size(x)) return true;
        refuse(refusals::slice_must_lie_in_the_map, x);
        return false;
    }

    /// Whether the map's first channel was made with the map's size; while counting, nobody knows.
    constexpr bool has_size(feature_map x) const {
        if (!to_.pool) return true;
        const int channel = to_.pool[x.first];
        if (channel < input_channels_) return x.size == input_size_;
        // The calls up to `low` have made the channel, if any of them has: mostly one of the last.
        int high = sizes_.ops;
        int low = high - 1;
        for (int step = 1; low > 0 && to_.pool[to_.ops[low].out.first] > channel; step *= 2) {
            high = low;
            low = low > step ? low - step : 0;
        }
        while (high - low > 1) {
            const int middle = (low + high) / 2;
            (to_.pool[to_.ops[middle].out.first] <= channel ? low : high) = middle;
        }
        return to_.ops[low].out.size == x.size;
    }

    // Naming.

    constexpr void push(std::string_view part, std::string_view ending = {}) {
        const bool apart = path_size_ > 0;
        if (part.size() + ending.size() + path_size_ + apart > longest_name) {
            refuse(refusals::name_must_be_shorter, {});
            return;
        }
        char before = '.';
        for (const char c : part) {
            if (c == '.' && before == '.') refuse(refusals::names_must_be_words, {});
            before = c;
        }
        if (before == '.' && ending.empty()) refuse(refusals::names_must_be_words, {});
        if (apart) path_[path_size_++] = '.';
        for (const char c : part) path_[path_size_++] = c;
        for (const char c : ending) path_[path_size_++] = c;
    }

    constexpr void push_number(int number) {
        char digits[12]{};
        int begin = 12;
        for (int rest = number; begin == 12 || rest > 0; rest /= 10)
            digits[--begin] = static_cast<char>('0' + rest % 10);
        push(frame_.stem, std::string_view(digits + begin, static_cast<unsigned>(12 - begin)));
    }

    /// The numbers of this scope count on from that at the end of a name, and stand behind what is before it.
    constexpr void count_on_from_name(std::string_view first) {
        constexpr std::size_t most_digits = 6;
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        std::size_t stem = first.size();
        while (stem > 0 && is_digit(first[stem - 1])) --stem;
        const std::string_view digits = first.substr(stem);
        if (digits.empty() || digits.size() > most_digits || (digits.size() > 1 && digits[0] == '0'))
            return (void)refuse(refusals::a_name_to_count_from_ends_with_a_number, {});
        frame_.stem = first.substr(0, stem);
        for (const char digit : digits) frame_.next = 10 * frame_.next + (digit - '0');
    }

    /// What takes a number, or the name that it was given, and has no tensors.
    constexpr void skip() {
        if (frame_.pending.empty()) ++frame_.next;
        frame_.pending = {};
    }

    constexpr void push_next() {
        if (frame_.pending.empty()) return push_number(frame_.next++);
        push(frame_.pending);
        frame_.pending = {};
    }

    constexpr text_range record_path() {
        const text_range at{sizes_.characters, static_cast<int>(path_size_)};
        if (to_.characters) {
            for (int i = 0; i < at.count; ++i) to_.characters[at.first + i] = path_[i];
        }
        sizes_.characters += at.count;
        return at;
    }

    /// The name of a block's scope; of a block that is one layer, the name that it is about to get.
    template <class Block>
    constexpr text_range record_name() {
        if constexpr (requires { Block::layer; }) {
            const frame before = frame_;
            const text_range at = named({});
            frame_ = before;
            return at;
        } else {
            return record_path();
        }
    }

    /// The name of a layer in the current scope, given or its number.
    constexpr text_range named(std::string_view given) {
        const unsigned before = path_size_;
        ++named_layers_;
        if (given.empty())
            push_next();
        else
            push(given);
        const text_range at = record_path();
        path_size_ = before;
        return at;
    }

    // Blocks.

    /// A block that is one layer is a number of the scope around; so is each layer of one that names them, or
    /// of a plain sequence of layers where the scope is flat. A block with a name has a scope.
    template <class Block>
    constexpr bool opens_scope(const Block& block) const {
        if constexpr (requires { Block::layer; })
            return false;
        else if constexpr (requires { block.names_its_layers(); })
            return !frame_.pending.empty() || !(block.names_its_layers() || frame_.flat);
        else
            return true;
    }

    /// Whether a block is more than one layer, or a convolution with what follows it.
    template <class Block>
    static constexpr bool is_unit() {
        return !requires { Block::layer; }
        &&!requires(const Block& block) { block.names_its_layers(); };
    }

    template <class Block>
    constexpr feature_map apply_leaf(const Block& block, feature_map x) {
        const int outer_block = block_;
        const unsigned outer_path = path_size_;
        const bool has_scope = opens_scope(block);
        if (has_scope) push_next();
        const frame outer = frame_;
        if (has_scope) frame_ = {.sharing = outer.sharing};
        const bool is_outermost = block_ == op::none;
        const int number = sizes_.blocks;
        const int first_op = sizes_.ops;
        if (is_outermost) {
            block_ = number;
            ++sizes_.blocks;
        }
        const text_range path = is_outermost ? record_name<Block>() : text_range{};
        const feature_map y = block.lower(*this, x);
        if (is_outermost && to_.blocks)
            to_.blocks[number] = {.word = word_of(block, x.dimensions()),
                                  .is_unit = is_unit<Block>(),
                                  .name = path,
                                  .around = {path.first, static_cast<int>(outer_path)},
                                  .in = x,
                                  .out = y,
                                  .first_op = first_op,
                                  .end_op = sizes_.ops};
        block_ = outer_block;
        if (has_scope) {
            frame_ = outer;
            path_size_ = outer_path;
        }
        return accepted() && !accepts(y) ? x : y;
    }

    // Calls.

    constexpr feature_map fresh(extent size, int count) {
        const feature_map made{size, sizes_.pool, count};
        if (to_.pool) {
            for (int i = 0; i < count; ++i) to_.pool[made.first + i] = sizes_.channels + i;
        }
        sizes_.pool += count;
        sizes_.channels += count;
        return made;
    }

    constexpr void append(feature_map x) {
        if (to_.pool) {
            for (int i = 0; i < x.count; ++i) to_.pool[sizes_.pool + i] = to_.pool[x.first + i];
        }
        sizes_.pool += x.count;
    }

    /// Every channel that many times, one after another.
    constexpr feature_map each_repeated(feature_map x, int times) {
        const feature_map made{x.size, sizes_.pool, x.count * times};
        if (to_.pool) {
            for (int i = 0; i < made.count; ++i) to_.pool[made.first + i] = to_.pool[x.first + i / times];
        }
        sizes_.pool += made.count;
        return made;
    }

    /// A convolution, then what is applied to its sums.
    constexpr feature_map layer(op o, feature_map x, extent size, int out, std::string_view name,
                                std::string_view norm_name, const affine& after, activation act) {
        if (const refusal refused = act.check()) return refuse(*refused.why, x);
        o.bias = after.adds_bias;
        o.name = named(name);
        feature_map y = emit(o, x, size, out);
        if (after.normalises) y = batch_norm(y, after, norm_name);
        if (act.kind == activation_kind::none) return y;
        if (name.empty()) skip();  // what belongs to a layer with a name moves no number
        return activated(y, act);
    }

    constexpr feature_map activated(feature_map x, activation act) {
        if (const refusal refused = act.check()) return refuse(*refused.why, x);
        if (act.kind == activation_kind::none) return x;
        return emit({.kind = op_kind::activate, .act = act}, x, x.size, x.count);
    }

    /// Gives a call its window over the map, if there is such a window.
    constexpr bool set_window(op& o, feature_map x, const windowing& asked) {
        if (!accepts(x)) return false;
        if (const refusal refused = asked.check()) return refuse(*refused.why, x), false;
        o.window = asked.over(x.size);
        const extent size = o.window.outputs(x.size);
        if (size.height < 1 || size.width < 1)
            return refuse(refusals::window_must_fit_the_padded_map, x), false;
        return true;
    }

    constexpr feature_map pool(op o, feature_map x, const pooling& p) {
        if (!set_window(o, x, {p.kernel, p.stride, p.dilation, p.padding, p.ceil_mode})) return x;
        if (!o.window.rows.always_reads(x.size.height) || !o.window.columns.always_reads(x.size.width))
            return refuse(refusals::pools_must_read_the_map, x);
        return emit(o, x, o.window.outputs(x.size), x.count);
    }

    constexpr feature_map resample(feature_map x, const sampling& how, const sentence& or_refuse) {
        const extent made = how.outputs();
        if (made.height < 1 || made.width < 1) return refuse(or_refuse, x);
        return emit({.kind = op_kind::resample, .sampling = how}, x, made, x.count);
    }

    /// Whether `small` has one value for each channel, or for each pixel, of `large`.
    static constexpr bool spreads_over(feature_map small, feature_map large) {
        return (small.count == large.count || small.count == 1) &&
               (small.size == large.size || small.size == extent{1, 1});
    }

    /// The other operand has the map's shape or is smaller; what is one value is one for each channel.
    constexpr feature_map combine(binary_operation operation, feature_map a, feature_map b, activation act) {
        if (!accepts(a) || !accepts(b)) return a;
        const bool other_first = !spreads_over(b, a);
        if (other_first && !spreads_over(a, b))
            return refuse_join(refusals::combined_maps_must_fit_each_other, a, b);
        const feature_map x = other_first ? b : a;
        op o{.kind = op_kind::binary, .other = other_first ? a : b};
        o.binary = {.operation = operation, .other_first = other_first};
        if (o.other.size != x.size)
            o.binary.other = operand::one_a_channel;
        else if (o.other.count != x.count)
            o.binary.other = operand::one_a_pixel;
        if (o.other.count != x.count && o.other.size == extent{1, 1}) {
            o.binary.other = operand::one_a_channel;
            o.other = repeated(o.other, x.count);
        }
        return activated(emit(o, x, x.size, x.count), act);
    }

    constexpr feature_map combine(binary_operation operation, feature_map x, real constant, activation act,
                                  bool constant_first = false) {
        constexpr double largest = 0x1.fffffep127;  // of floats
        const bool divides = operation == binary_operation::divide && !constant_first;
        const double number = constant;
        const bool is_finite = number >= -largest && number <= largest;
        if (!is_finite || (divides && number == 0)) return refuse(refusals::constants_must_be_finite, x);
        op o{.kind = op_kind::binary};
        o.binary = {operation, operand::constant, constant_first, constant};
        return activated(emit(o, x, x.size, x.count), act);
    }

    constexpr feature_map combine(binary_operation operation, feature_map x, const channel_values& values,
                                  activation act, bool values_first = false) {
        if (!accepts(x)) return x;
        if (x.is_flattened) return refuse(refusals::what_is_flattened_is_no_map, x);
        op o{.kind = op_kind::binary};
        o.binary = {operation, operand::channel_values, values_first};
        const unsigned path = path_size_;
        if (values.name.empty()) push_next();
        o.name = named(values.name.empty() ? "weight" : values.name);
        path_size_ = path;
        return activated(emit(o, x, x.size, x.count), act);
    }

    /// One channel by `count` names.
    constexpr feature_map repeated(feature_map x, int count) {
        const feature_map made{x.size, sizes_.pool, count};
        for (int i = 0; i < count; ++i) append(x);
        return made;
    }

    constexpr feature_map further_input(shape s) {
        const feature_map asked{s.plane(), 0, s.channels};
        if (!accepted()) return asked;
        if (s.channels < 1 || s.height < 1 || s.width < 1)
            return refuse(refusals::sizes_must_be_positive, asked);
        if (s.channels > most_values / s.height / s.width)
            return refuse(refusals::map_must_fit_an_int, asked);
        const op o{.kind = op_kind::input, .out = fresh(s.plane(), s.channels), .block = block_};
        if (to_.ops) to_.ops[sizes_.ops] = o;
        ++sizes_.ops;
        return o.out;
    }

    constexpr feature_map emit(op o, feature_map x, extent size, int count) {
        if (!accepts(x)) return x;
        if (count < 1) return refuse(refusals::output_channels_must_be_positive, x);
        if (x.is_flattened && !o.reads_flattened()) return refuse(refusals::what_is_flattened_is_no_map, x);
        if (count > most_values / size.height / size.width) return refuse(refusals::map_must_fit_an_int, x);
        o.in = x;
        o.out = fresh(size, count);
        o.out.is_flattened = x.is_flattened && o.kind != op_kind::linear;
        o.block = block_;
        if (to_.ops) {
            if (frame_.sharing && o.has_tensors()) {
                o.shares = find_shared(o.name);
                if (o.shares == op::none) return refuse(refusals::nothing_has_this_name_to_share, x);
                const op& first = to_.ops[o.shares];
                if (!o.has_tensors_like(first))
                    return refuse_join(refusals::shared_weights_must_have_one_shape, first.in, x);
            }
            to_.ops[sizes_.ops] = o;
        }
        ++sizes_.ops;
        return o.out;
    }

    /// The first call whose tensors have that name; none if there is none.
    constexpr int find_shared(text_range name) const {
        const std::string_view wanted(to_.characters + name.first, static_cast<unsigned>(name.count));
        for (int i = 0; i < sizes_.ops; ++i) {
            const text_range other = to_.ops[i].name;
            if (other.count != name.count || !to_.ops[i].has_tensors()) continue;
            if (wanted == std::string_view(to_.characters + other.first, static_cast<unsigned>(other.count)))
                return i;
        }
        return op::none;
    }

    graph_storage to_{};
    graph_sizes sizes_{};
    graph_refusal refused_{};
    block_trail trail_{};
    extent input_size_{};
    int input_channels_ = 0;
    int block_ = op::none;
    frame frame_{};
    norm_defaults norm_defaults_{};
    int named_layers_ = 0;  ///< layers with tensors so far
    unsigned path_size_ = 0;
    char path_[longest_name + 1]{};
};

/// A scope of names, which is open while something is called with it.
class graph_scope {
public:
    /// The blocks one after another, in the scope.
    template <class... Blocks>
    constexpr feature_map operator()(feature_map x, const Blocks&... blocks) const {
        return (*this)([&] { return graph_(x, blocks...); });
    }

    /// `body()`, in the scope: what it returns.
    template <class Body>
        requires requires(Body& body) { body(); }
    constexpr auto operator()(Body body) const {
        const graph::frame outer = graph_.frame_;
        const unsigned outer_path = graph_.path_size_;
        if (kind_ == kind::number)
            graph_.push_next();
        else if (kind_ != kind::counts && !name_.empty())
            graph_.push(name_);
        const graph::frame after = graph_.frame_;
        const bool is_new = kind_ == kind::number || kind_ == kind::counts || !name_.empty();
        if (is_new) graph_.frame_ = {.flat = outer.flat};
        if (kind_ == kind::counts) graph_.count_on_from_name(name_);
        graph_.frame_.sharing = outer.sharing || kind_ == kind::shares;
        const auto made = body();
        if (is_new)
            graph_.frame_ = after;
        else
            graph_.frame_.sharing = outer.sharing;
        graph_.path_size_ = outer_path;
        return made;
    }

private:
    friend class graph;

    enum class kind : unsigned char { named, number, shares, counts };

    constexpr graph_scope(graph& g, std::string_view name, kind k) : graph_(g), name_(name), kind_(k) {}

    graph& graph_;
    std::string_view name_;
    kind kind_;
};

constexpr graph_scope graph::in(std::string_view scope) { return {*this, scope, graph_scope::kind::named}; }
constexpr graph_scope graph::in_next() { return {*this, {}, graph_scope::kind::number}; }
constexpr graph_scope graph::share(std::string_view scope) {
    return {*this, scope, graph_scope::kind::shares};
}
constexpr graph_scope graph::count_on_from(std::string_view first) {
    return {*this, first, graph_scope::kind::counts};
}

}  // namespace plait::inline PLAIT_TARGET
