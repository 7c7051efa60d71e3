// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "plait/blocks/blocks.hpp"
#include "plait/core/decimal.hpp"

// The declaration of a block, for people to read.

namespace drawn {

inline std::string word(double value) { return plait::short_decimal(value, 4); }
inline std::string word(plait::activation act) {
    using kind = plait::activation_kind;
    const auto with_number = [&](const char* name) {
        return std::string(name) + "(" + word(double{act.first}) + ")";
    };
    const auto with_both = [&](const char* name) {
        return std::string(name) + "(" + word(double{act.first}) + ", " + word(double{act.second}) + ")";
    };
    switch (act.kind) {
        case kind::none: return "none";
        case kind::relu: return "relu";
        case kind::clip: return act == plait::activation::relu6 ? "relu6" : with_both("clip");
        case kind::leaky_relu: return with_number("leaky_relu");
        case kind::elu: return with_number("elu");
        case kind::sigmoid: return "sigmoid";
        case kind::tanh: return "tanh";
        case kind::hard_sigmoid: return with_both("hard_sigmoid");
        case kind::hard_swish: return "hard_swish";
        case kind::silu: return "silu";
        case kind::gelu: return "gelu";
        case kind::gelu_tanh: return "gelu_tanh";
    }
    return "";
}
inline const char* word(plait::affine after) {
    if (after.normalises && !after.scales) return "batch_norm_without_affine";
    if (after.normalises) return after.adds_bias ? "bias_and_batch_norm" : "batch_norm";
    return after.adds_bias ? "bias" : "none";
}
inline const char* word(plait::order variant) {
    constexpr const char* words[]{"port", "article", "plus"};
    return words[static_cast<int>(variant)];
}
inline const char* word(plait::communication often) {
    constexpr const char* words[]{"never", "after_depthwise", "after_both"};
    return words[static_cast<int>(often)];
}
inline const char* word(plait::mixing mix) {
    constexpr const char* words[]{"none", "after", "before", "before_pairs"};
    return words[static_cast<int>(mix)];
}
inline const char* word(plait::binary_operation how) { return plait::to_string(how); }
inline const char* word(plait::interpolation by) {
    constexpr const char* words[]{"nearest_floor", "nearest_round", "bilinear"};
    return words[static_cast<int>(by)];
}
inline const char* word(plait::coordinates at) {
    constexpr const char* words[]{"half_pixel", "aligned", "asymmetric"};
    return words[static_cast<int>(at)];
}
inline const char* word(plait::padding_mode mode) {
    return mode == plait::padding_mode::zeros ? "zeros" : "reflection";
}
inline std::string word(const plait::pixel_range& r) {
    return std::string("{.from = ") + std::to_string(r.from) + ", .to = " + std::to_string(r.to) +
           ", .step = " + std::to_string(r.step) + "}";
}
inline std::string word(plait::extent e) {
    return std::string("{") + std::to_string(e.height) + ", " + std::to_string(e.width) + "}";
}
inline const char* word(bool value) { return value ? "true" : "false"; }
inline std::string word(int value) { return std::to_string(value); }
inline std::string word(plait::per_axis each) {
    if (each.height == each.width) return std::to_string(each.height);
    return "extent{" + std::to_string(each.height) + ", " + std::to_string(each.width) + "}";
}
inline std::string word(const plait::padding& p) {
    if (p.by != plait::padding::rule::stated)
        return p.by == plait::padding::rule::centred ? "padding::centred" : "padding::tensorflow_same";
    std::string text("sides{");
    for (const int side : {p.pixels.top, p.pixels.left, p.pixels.bottom})
        text.append(std::to_string(side)).append(", ");
    return text.append(std::to_string(p.pixels.right)).append("}");
}
inline std::string word(plait::ratio r) {
    return std::string("{") + std::to_string(r.numerator) + ", " + std::to_string(r.denominator) + "}";
}
inline std::string word(plait::shape s) {
    return std::to_string(s.channels) + " x " + std::to_string(s.height) + " x " + std::to_string(s.width);
}

/// A block as its declaration has it: `block("conv").with("out", 24).text()`.
class declaration {
public:
    explicit declaration(const char* name) : text_(name) { text_ += '{'; }

    template <class Value>
    declaration& with(const char* member, const Value& value) {
        if (text_.back() != '{') text_ += ", ";
        text_ += '.';
        text_ += member;
        text_ += " = ";
        text_ += word(value);
        return *this;
    }
    std::string text() const { return text_ + "}"; }

private:
    std::string text_;
};

/// Blocks in words, those that hold others too.
struct wording {
    static std::string text(const plait::conv& b) {
        return declaration("conv")
            .with("out", b.out)
            .with("kernel", b.kernel)
            .with("stride", b.stride)
            .with("padding", b.padding)
            .with("dilation", b.dilation)
            .with("groups", b.groups)
            .with("after", b.after)
            .with("activation", b.activation)
            .text();
    }
    static std::string text(const plait::depthwise& b) {
        return declaration("depthwise")
            .with("kernel", b.kernel)
            .with("stride", b.stride)
            .with("padding", b.padding)
            .with("dilation", b.dilation)
            .with("after", b.after)
            .with("activation", b.activation)
            .text();
    }
    static std::string text(const plait::conv_transpose& b) {
        return declaration("conv_transpose")
            .with("out", b.out)
            .with("kernel", b.kernel)
            .with("stride", b.stride)
            .with("padding", b.padding)
            .with("output_padding", b.output_padding)
            .with("after", b.after)
            .with("activation", b.activation)
            .text();
    }
    static std::string text(const plait::batch_norm& b) {
        return declaration("batch_norm").with("scales", b.scales).text();
    }
    static std::string text(const plait::combine_values& b) {
        return declaration("combine_values")
            .with("operation", b.operation)
            .with("value_first", b.value_first)
            .text();
    }
    static std::string text(const plait::max_pool& b) {
        return declaration("max_pool")
            .with("kernel", b.kernel)
            .with("stride", b.stride)
            .with("padding", b.padding)
            .with("dilation", b.dilation)
            .with("ceil_mode", b.ceil_mode)
            .text();
    }
    static std::string text(const plait::average_pool& b) {
        return declaration("average_pool")
            .with("kernel", b.kernel)
            .with("stride", b.stride)
            .with("padding", b.padding)
            .with("ceil_mode", b.ceil_mode)
            .with("count_include_pad", b.count_include_pad)
            .text();
    }
    static std::string text(const plait::global_average_pool&) {
        return declaration("global_average_pool").text();
    }
    static std::string text(const plait::global_max_pool&) { return declaration("global_max_pool").text(); }
    static std::string text(const plait::squeeze_excitation& b) {
        return declaration("squeeze_excitation")
            .with("squeezed", b.squeezed)
            .with("activation", b.activation)
            .with("gate", b.gate)
            .text();
    }
    static std::string text(const plait::linear& b) {
        return declaration("linear").with("out", b.out).with("bias", b.bias).text();
    }
    static std::string text(const plait::shuffle_unit& b) {
        return declaration("shuffle_unit").with("mix", b.mix).text();
    }
    static std::string text(const plait::shuffle_down& b) {
        return declaration("shuffle_down").with("out", b.out).with("mix", b.mix).text();
    }
    static std::string text(const plait::aug_shuffle& b) {
        return declaration("aug_shuffle")
            .with("split", b.split)
            .with("communication", b.communication)
            .with("variant", b.variant)
            .with("shuffle_groups", b.shuffle_groups)
            .with("expand_activation", b.expand_activation)
            .text();
    }
    static std::string text(const plait::grouped_shuffle_unit& b) {
        return declaration("grouped_shuffle_unit")
            .with("out", b.out)
            .with("stride", b.stride)
            .with("groups", b.groups)
            .with("first_is_grouped", b.first_is_grouped)
            .text();
    }
    static std::string text(const plait::inverted_residual& b) {
        return declaration("inverted_residual")
            .with("out", b.out)
            .with("stride", b.stride)
            .with("expansion", b.expansion)
            .with("kernel", b.kernel)
            .with("activation", b.activation)
            .text();
    }
    static std::string text(const plait::basic_residual& b) {
        return declaration("basic_residual").with("out", b.out).with("stride", b.stride).text();
    }
    static std::string text(const plait::bottleneck_residual& b) {
        return declaration("bottleneck_residual")
            .with("out", b.out)
            .with("width", b.width)
            .with("stride", b.stride)
            .with("groups", b.groups)
            .text();
    }
    static std::string text(const plait::mobile_bottleneck& b) {
        return declaration("mobile_bottleneck")
            .with("out", b.out)
            .with("expanded", b.expanded)
            .with("kernel", b.kernel)
            .with("stride", b.stride)
            .with("squeezed", b.squeezed)
            .with("activation", b.activation)
            .text();
    }
    static std::string text(const plait::highway& b) {
        return declaration("highway").with("kernel", b.kernel).with("activation", b.activation).text();
    }
    static std::string text(const plait::interpolate& b) {
        return declaration("interpolate")
            .with("to", b.to)
            .with("factor", double{b.factor})
            .with("by", b.by)
            .with("at", b.at)
            .text();
    }
    static std::string text(const plait::pad& b) {
        return declaration("pad").with("sides", plait::padding(b.sides)).with("mode", b.mode).text();
    }
    static std::string text(const plait::slice_pixels& b) {
        return declaration("slice_pixels").with("rows", b.rows).with("columns", b.columns).text();
    }
    static std::string text(const plait::pad_channels& b) {
        return declaration("pad_channels").with("before", b.before).with("after", b.after).text();
    }
    static std::string text(const plait::pixel_shuffle& b) {
        return declaration("pixel_shuffle").with("factor", b.factor).text();
    }
    static std::string text(const plait::pixel_unshuffle& b) {
        return declaration("pixel_unshuffle").with("factor", b.factor).text();
    }
    static std::string text(const plait::upsample& b) {
        return declaration("upsample").with("factor", b.factor).text();
    }
    static std::string text(const plait::activate& b) {
        return declaration("activate").with("activation", b.activation).text();
    }
    static std::string text(const plait::prelu& b) {
        return declaration("prelu").with("one_slope", b.one_slope).text();
    }
    static std::string text(const plait::softmax&) { return declaration("softmax").text(); }
    static std::string text(const plait::dropout&) { return declaration("dropout").text(); }
    static std::string text(const plait::flatten&) { return declaration("flatten").text(); }
    static std::string text(const plait::channel_shuffle& b) {
        return declaration("channel_shuffle").with("groups", b.groups).text();
    }
    static std::string text(const plait::output_block&) { return "also_output"; }

    template <auto... Blocks>
    static std::string text_of_all() {
        std::string all;
        ((all += (all.empty() ? "" : ", ") + text(Blocks)), ...);
        return all;
    }
    template <auto... Blocks>
    static std::string text(const plait::chain_block<Blocks...>&) {
        return std::string("chain<") + text_of_all<Blocks...>() + ">";
    }
    template <int Times, auto... Blocks>
    static std::string text(const plait::repeat_block<Times, Blocks...>&) {
        return std::string("repeat<") + std::to_string(Times) + ", " + text_of_all<Blocks...>() + ">";
    }
    template <auto... Branches>
    static std::string text(const plait::parallel_block<Branches...>&) {
        return std::string("parallel<") + text_of_all<Branches...>() + ">";
    }
    template <plait::activation Activation, auto... Blocks>
    static std::string text(const plait::residual_block<Activation, Blocks...>&) {
        return std::string("residual<") + word(Activation) + ", " + text_of_all<Blocks...>() + ">";
    }
};

}  // namespace drawn
