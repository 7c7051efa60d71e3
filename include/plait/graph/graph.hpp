// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/channel_map.hpp"
#include "plait/core/fault.hpp"
#include "plait/graph/op.hpp"

namespace plait::inline PLAIT_TARGET {

/// How much a graph has recorded.
struct graph_sizes {
    int ops = 0;
    int pool = 0;      ///< entries of the pool of channel numbers
    int channels = 0;  ///< distinct channels: the input's and every call's outputs
    int outputs = 0;
};

/// The first block that a network's input did not suit.
struct refusal {
    fault why = fault::none;
    int block = 0;
    shape input{};
    shape other{0, 0, 0};  ///< of a join: what `input` was to be joined to
};

/// A convolution as a block asks for it; batch norm or bias are part of it.
struct convolution {
    int out = 0;
    int kernel = 1;
    int stride = 1;
    int groups = 1;
    affine after = affine::batch_norm;
    activation act = activation::none;
    layer_role role = layer_role::main;
};

/// A depthwise convolution keeps the number of channels.
struct depthwise_convolution {
    int kernel = 3;
    int stride = 1;
    affine after = affine::batch_norm;
    activation act = activation::none;
    layer_role role = layer_role::main;
};

/// A pool's window is padded by kernel / 2. Padding never wins a max pool; in an average pool it counts as
/// zeros or not at all.
struct pooling {
    int kernel = 3;
    int stride = 2;
    bool count_include_pad = true;
    activation act = activation::none;  ///< of an average pool
};

/// All that a block sees. Every call's outputs are fresh consecutive channel numbers; `slice`, `concat` and
/// `shuffle` only name them anew. Without storage a graph counts; with storage of the counted size it
/// records.
class graph {
public:
    constexpr graph() = default;
    constexpr graph(op* ops, int* pool, feature_map* outputs) : ops_(ops), pool_(pool), outputs_(outputs) {}

    /// The network's input: fresh channels that no call makes.
    constexpr feature_map input(shape s) { return fresh(s.plane(), s.channels); }

    /// Makes `x` an output of the network; it stays intact to the end of a forward pass.
    constexpr feature_map output(feature_map x) {
        if (outputs_) outputs_[sizes_.outputs] = x;
        ++sizes_.outputs;
        return x;
    }

    /// The blocks one after another, each on what the one before left.
    template <class... Blocks>
    constexpr feature_map operator()(feature_map x, const Blocks&... blocks) {
        ((x = apply(blocks, x)), ...);
        return x;
    }

    /// One block on a map: refused where its `check` says so, else what its `lower` makes.
    template <class Block>
    constexpr feature_map apply(const Block& block, feature_map x) {
        if (!accepted()) return x;
        if (const fault why = block.check(x.dimensions()); why != fault::none) return refuse(why, x);
        const feature_map y = block.lower(*this, x);
        if constexpr (!requires { Block::composite; }) {
            ++block_;
            ++unit_;
            layer_ = 0;
        }
        return y;
    }

    /// What follows has its weights named under `scope`, its blocks numbered from 0. Blocks of one name have
    /// the same weights.
    constexpr graph& in(const char* scope) {
        scope_ = scope;
        unit_ = 0;
        return *this;
    }

    // Only names move.

    /// Channels of several maps of one size, one map after another.
    template <class... Maps>
    constexpr feature_map concat(feature_map first, Maps... others) {
        const feature_map maps[]{first, others...};
        return concat(maps);
    }

    template <int Count>
    constexpr feature_map concat(const feature_map (&maps)[Count]) {
        if (!accepted()) return maps[0];
        const int begin = sizes_.pool;
        for (const feature_map& map : maps) {
            if (map.size != maps[0].size)
                return refuse_join(fault::joined_maps_must_have_one_size, maps[0], map);
            append(map);
        }
        return {maps[0].size, begin, sizes_.pool - begin};
    }

    /// Views channels as (groups, channels / groups), transposes, flattens.
    constexpr feature_map shuffle(feature_map x, int groups) {
        if (groups < 1 || x.count % groups != 0) return refuse(fault::groups_must_divide_the_channels, x);
        if (!accepted()) return x;
        const int begin = sizes_.pool;
        if (pool_) {
            for (int i = 0; i < x.count; ++i)
                pool_[begin + i] = pool_[x.first + shuffle_source(i, x.count, groups)];
        }
        sizes_.pool += x.count;
        return {x.size, begin, x.count};
    }

    // The calls that a block may make.

    /// Convolution, padded by kernel / 2: C x H x W to out x H / stride x W / stride.
    /// Each group is a call; their outputs are concatenated.
    constexpr feature_map conv(feature_map x, convolution c) {
        if (c.groups < 1 || x.count % c.groups != 0 || c.out % c.groups != 0)
            return refuse(fault::groups_must_divide_the_channels, x);
        const bool pointwise = c.kernel == 1 && c.stride == 1;
        const bool apart = is_separate(c.act);
        op o{.kind = pointwise ? op_kind::pointwise : op_kind::dense,
             .act = apart ? activation::none : c.act,
             .role = c.role,
             .kernel = c.kernel,
             .stride = c.stride,
             .after = c.after};
        if (c.groups == 1) return activate_apart(window(o, x, c.out), c.act);

        const int inputs = x.count / c.groups;
        feature_map y{};
        for (int i = 0; i < c.groups && accepted(); ++i) {
            o.part = {i, c.groups};
            const feature_map made = window(o, x.slice(i * inputs, (i + 1) * inputs), c.out / c.groups);
            y = i == 0 ? made : concat(y, made);
        }
        return activate_apart(y, c.act);
    }
    /// Convolution of every channel by itself, padded by kernel / 2.
    constexpr feature_map depthwise(feature_map x, depthwise_convolution c) {
        const bool apart = is_separate(c.act);
        return activate_apart(window({.kind = op_kind::depthwise,
                                      .act = apart ? activation::none : c.act,
                                      .role = c.role,
                                      .kernel = c.kernel,
                                      .stride = c.stride,
                                      .after = c.after},
                                     x, x.count),
                              c.act);
    }
    /// Largest value under a window.
    constexpr feature_map max_pool(feature_map x, pooling p) {
        return window({.kind = op_kind::max_pool, .kernel = p.kernel, .stride = p.stride}, x, x.count);
    }
    /// Mean under a window, then its activation.
    constexpr feature_map average_pool(feature_map x, pooling p) {
        // The kernel may scale what it has activated, which changes nothing after a ReLU alone.
        const bool apart = p.act != activation::none && p.act != activation::relu;
        const feature_map y = window({.kind = op_kind::average_pool,
                                      .act = apart ? activation::none : p.act,
                                      .kernel = p.kernel,
                                      .stride = p.stride,
                                      .count_include_pad = p.count_include_pad},
                                     x, x.count);
        return apart ? activate(y, p.act) : y;
    }
    /// Mean of each channel: C x H x W to C x 1 x 1.
    constexpr feature_map global_average_pool(feature_map x) {
        return emit({.kind = op_kind::global_average_pool}, x, {1, 1}, x.count);
    }
    /// Fully connected, with bias: C x 1 x 1 to out x 1 x 1.
    constexpr feature_map linear(feature_map x, int out) {
        return emit({.kind = op_kind::linear, .after = affine::bias}, x, x.size, out);
    }
    /// Every pixel `factor` x `factor` times.
    constexpr feature_map upsample(feature_map x, int factor) {
        return emit({.kind = op_kind::upsample, .stride = factor}, x, x.size * factor, x.count);
    }
    /// act(a + b), of maps of one shape.
    constexpr feature_map add(feature_map a, feature_map b, activation act) {
        if (a.dimensions() != b.dimensions()) return refuse_join(fault::added_maps_must_have_one_shape, a, b);
        const bool apart = is_separate(act);
        return activate_apart(emit({.kind = op_kind::add, .act = apart ? activation::none : act},
                                   concat(a, b), a.size, a.count),
                              act);
    }
    /// An activation by itself.
    constexpr feature_map activate(feature_map x, activation act) {
        return emit({.kind = op_kind::activate, .act = act}, x, x.size, x.count);
    }
    /// Softmax over the channels of each pixel.
    constexpr feature_map softmax(feature_map x) {
        return emit({.kind = op_kind::softmax}, x, x.size, x.count);
    }

    /// Whether nothing has been refused.
    constexpr bool accepted() const { return refused_.why == fault::none; }
    /// The first refusal; its `why` is `fault::none` where there is none.
    constexpr const refusal& refused() const { return refused_; }
    /// How much has been counted or recorded.
    constexpr const graph_sizes& sizes() const { return sizes_; }

private:
    constexpr feature_map refuse(fault why, feature_map x) {
        if (accepted()) refused_ = {why, block_, x.dimensions()};
        return x;
    }

    constexpr feature_map refuse_join(fault why, feature_map first, feature_map second) {
        if (accepted()) refused_ = {why, block_, second.dimensions(), first.dimensions()};
        return second;
    }

    /// What kernels with sums do not apply themselves: it would crowd their registers.
    static constexpr bool is_separate(activation act) { return act == activation::sigmoid; }

    constexpr feature_map activate_apart(feature_map x, activation act) {
        return is_separate(act) ? activate(x, act) : x;
    }

    constexpr feature_map fresh(extent size, int count) {
        const feature_map made{size, sizes_.pool, count};
        if (pool_) {
            for (int i = 0; i < count; ++i) pool_[made.first + i] = sizes_.channels + i;
        }
        sizes_.pool += count;
        sizes_.channels += count;
        return made;
    }

    constexpr void append(feature_map x) {
        if (pool_) {
            for (int i = 0; i < x.count; ++i) pool_[sizes_.pool + i] = pool_[x.first + i];
        }
        sizes_.pool += x.count;
    }

    /// A call with a centred window: padded by kernel / 2, so that a stride of 1 keeps the size.
    constexpr feature_map window(op o, feature_map x, int out) {
        if (o.kernel < 1 || o.kernel % 2 == 0) return refuse(fault::kernel_must_be_odd, x);
        if (o.kind != op_kind::dense && o.kernel > 9) return refuse(fault::window_must_be_at_most_9_wide, x);
        if (o.stride < 1 || !x.size.divisible_by(o.stride))
            return refuse(fault::stride_must_divide_the_size, x);
        return emit(o, x, x.size / o.stride, out);
    }

    constexpr feature_map emit(op o, feature_map x, extent size, int count) {
        if (count < 1) return refuse(fault::output_channels_must_be_positive, x);
        if (!accepted()) return x;
        o.in = x;
        o.out = fresh(size, count);
        o.block = block_;
        o.scope = scope_;
        o.unit = unit_;
        if (o.has_weights()) {
            o.layer = layer_;
            if (o.part.index + 1 == o.part.count) ++layer_;
            if (ops_) o.weights_of = find_weights(o);
            if (o.weights_of >= 0 && !o.has_weights_like(ops_[o.weights_of]))
                return refuse_join(fault::shared_weights_must_have_one_shape, ops_[o.weights_of].in, x);
        }
        if (ops_) ops_[sizes_.ops] = o;
        ++sizes_.ops;
        return o.out;
    }

    /// The first call whose weights have the name of this one's; -1 if there is none.
    constexpr int find_weights(const op& o) const {
        for (int i = 0; i < sizes_.ops; ++i) {
            if (ops_[i].has_weights() && o.is_named_like(ops_[i])) return i;
        }
        return -1;
    }

    op* ops_ = nullptr;
    int* pool_ = nullptr;
    feature_map* outputs_ = nullptr;
    graph_sizes sizes_{};
    refusal refused_{};
    int block_ = 0;
    int unit_ = 0;
    int layer_ = 0;
    const char* scope_ = "";
};

}  // namespace plait::inline PLAIT_TARGET
