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
};

/// A convolution as a block asks for it; batch norm is part of it.
struct convolution {
    int out = 0;
    int kernel = 1;
    int stride = 1;
    activation act = activation::none;
    layer_role role = layer_role::main;
};

/// A depthwise convolution keeps the number of channels.
struct depthwise_convolution {
    int kernel = 3;
    int stride = 1;
    activation act = activation::none;
    layer_role role = layer_role::main;
};

/// All that a block sees. Every call's outputs are fresh consecutive channel numbers; `slice`, `concat` and
/// `shuffle` only name them anew. Without storage a graph counts; with storage of the counted size it
/// records.
class graph {
public:
    constexpr graph() = default;
    constexpr graph(op* ops, int* pool, feature_map* outputs) : ops_(ops), pool_(pool), outputs_(outputs) {}

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

    template <class Block>
    constexpr feature_map apply(const Block& block, feature_map x) {
        if (!accepted()) return x;
        if (const fault why = block.check(x.dimensions()); why != fault::none) return refuse(why, x);
        const feature_map y = block.lower(*this, x);
        if constexpr (!requires { Block::composite; }) {
            ++block_;
            ++unit_;
        }
        return y;
    }

    /// What follows has its weights named under `scope`, its blocks numbered from 0.
    constexpr graph& in(const char* scope) {
        scope_ = scope;
        unit_ = 0;
        return *this;
    }

    // Only names move.

    template <class... Maps>
    constexpr feature_map concat(feature_map first, Maps... others) {
        const feature_map maps[]{first, others...};
        return concat(maps);
    }

    template <int Count>
    constexpr feature_map concat(const feature_map (&maps)[Count]) {
        const int begin = sizes_.pool;
        for (const feature_map& map : maps) {
            if (map.size != maps[0].size) return refuse(fault::joined_maps_must_have_one_size, map);
            append(map);
        }
        return {maps[0].size, begin, sizes_.pool - begin};
    }

    constexpr feature_map shuffle(feature_map x, int groups) {
        if (groups < 1 || x.count % groups != 0) return refuse(fault::groups_must_divide_the_channels, x);
        const int begin = sizes_.pool;
        if (pool_) {
            for (int i = 0; i < x.count; ++i)
                pool_[begin + i] = pool_[x.first + shuffle_source(i, x.count, groups)];
        }
        sizes_.pool += x.count;
        return {x.size, begin, x.count};
    }

    // The calls that a block may make.

    constexpr feature_map conv(feature_map x, convolution c) {
        const bool pointwise = c.kernel == 1 && c.stride == 1;
        return window({.kind = pointwise ? op_kind::pointwise : op_kind::dense,
                       .act = c.act,
                       .role = c.role,
                       .kernel = c.kernel,
                       .stride = c.stride},
                      x, c.out);
    }
    constexpr feature_map depthwise(feature_map x, depthwise_convolution c) {
        return window({.kind = op_kind::depthwise,
                       .act = c.act,
                       .role = c.role,
                       .kernel = c.kernel,
                       .stride = c.stride},
                      x, x.count);
    }
    constexpr feature_map max_pool(feature_map x, int kernel, int stride) {
        return window({.kind = op_kind::max_pool, .kernel = kernel, .stride = stride}, x, x.count);
    }
    constexpr feature_map average_pool(feature_map x, int kernel, int stride) {
        return window({.kind = op_kind::average_pool, .kernel = kernel, .stride = stride}, x, x.count);
    }
    constexpr feature_map global_average_pool(feature_map x) {
        return emit({.kind = op_kind::global_average_pool}, x, {1, 1}, x.count);
    }
    constexpr feature_map linear(feature_map x, int out) {
        return emit({.kind = op_kind::linear}, x, x.size, out);
    }
    constexpr feature_map upsample(feature_map x, int factor) {
        return emit({.kind = op_kind::upsample, .stride = factor}, x, x.size * factor, x.count);
    }
    constexpr feature_map add(feature_map a, feature_map b, activation act) {
        if (a.dimensions() != b.dimensions()) return refuse(fault::residual_must_keep_the_shape, b);
        return emit({.kind = op_kind::add, .act = act}, concat(a, b), a.size, a.count);
    }

    constexpr bool accepted() const { return refused_.why == fault::none; }
    constexpr const refusal& refused() const { return refused_; }
    constexpr const graph_sizes& sizes() const { return sizes_; }
    constexpr long long parameters() const { return parameters_; }
    constexpr long long macs() const { return macs_; }

private:
    constexpr feature_map refuse(fault why, feature_map x) {
        if (accepted()) refused_ = {why, block_, x.dimensions()};
        return x;
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
        if (ops_) ops_[sizes_.ops] = o;
        ++sizes_.ops;
        parameters_ += o.parameters();
        macs_ += o.macs();
        return o.out;
    }

    op* ops_ = nullptr;
    int* pool_ = nullptr;
    feature_map* outputs_ = nullptr;
    graph_sizes sizes_{};
    refusal refused_{};
    int block_ = 0;
    int unit_ = 0;
    const char* scope_ = "";
    long long parameters_ = 0;
    long long macs_ = 0;
};

}  // namespace plait::inline PLAIT_TARGET
