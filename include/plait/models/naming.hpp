// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "plait/network/naming.hpp"

// The names under which published code keeps its weights (PyTorch state_dict keys).

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline bool is_stem(const layer_position& at) { return at.call.role == layer_role::main && at.stage == 0; }
inline bool is_head(const layer_position& at) { return at.call.role == layer_role::main && at.stage > 0; }

/// torchvision's words, with `stages` before the number of a stage.
inline layer_names torchvision_style(const layer_position& at, const std::string& stage, const char* linear) {
    if (at.call.kind == op_kind::linear) return {linear, ""};
    if (is_stem(at)) return numbered("conv1", 0);
    if (is_head(at)) return numbered("conv5", 0);
    return numbered(stage + "." + std::to_string(at.unit) + "." + branch_word(at.call.role), at.element);
}

/// AugShuffleNet-Plus' words: convolutions of a unit counted from 1.
inline layer_names plus_style(const layer_position& at, const char* head) {
    const std::string number = std::to_string(at.layer + 1);
    if (at.call.kind == op_kind::linear) return {"linear", ""};
    if (is_stem(at)) return {"conv1", "bn1"};
    if (is_head(at)) return {std::string("conv") + head, std::string("bn") + head};
    const std::string unit = std::string("layer") + std::to_string(at.stage) + "." + std::to_string(at.unit);
    return {unit + ".conv" + number, unit + ".bn" + number};
}

}  // namespace detail

/// torchvision.models.shufflenet_v2_*.
struct torchvision_names {
    static constexpr const char* description = "torchvision's ShuffleNetV2";
    static layer_names of(const layer_position& at) {
        return detail::torchvision_style(at, "stage" + std::to_string(at.stage + 1), "fc");
    }
};

/// The PyTorch port of AugShuffleNet's figure.
struct port_names {
    static constexpr const char* description = "the port's AugShuffleNet";
    static layer_names of(const layer_position& at) {
        return detail::torchvision_style(at, "stages." + std::to_string(at.stage - 1), "linear");
    }
};

/// No code of the article's order is public, so these are Plait's own: the port's, with the AugShuffle unit's
/// branches called transform and project, so that no file of another order fits.
struct article_names {
    static constexpr const char* description = "the article's AugShuffleNet";
    static layer_names of(const layer_position& at) {
        const layer_role role = at.call.role;
        const bool down = at.unit == 0 || role == layer_role::main;
        if (down) return port_names::of(at);
        const std::string unit =
            std::string("stages.") + std::to_string(at.stage - 1) + "." + std::to_string(at.unit);
        const bool project = role == layer_role::cross_project;
        return detail::numbered(unit + (project ? ".project" : ".transform"), at.element);
    }
};

/// The author's AugShuffleNet-Plus.
struct augshufflenet_plus_names {
    static constexpr const char* description = "AugShuffleNet-Plus";
    static layer_names of(const layer_position& at) { return detail::plus_style(at, "5"); }
};

/// AugShuffleNet-Plus' ShuffleNetV2.
struct shufflenet_plus_names {
    static constexpr const char* description = "AugShuffleNet-Plus' ShuffleNetV2";
    static layer_names of(const layer_position& at) { return detail::plus_style(at, "2"); }
};

/// FastestDet: a stage's units have branches `branch_main` and `branch_proj`; everything else is one
/// `nn.Sequential` for each scope.
struct fastestdet_names {
    static constexpr const char* description = "FastestDet";
    static layer_names of(const layer_position& at) {
        const std::string scope = at.call.scope;
        const layer_role role = at.call.role;
        if (role == layer_role::main) return detail::numbered(scope, at.element_in_scope);
        const bool left = role == layer_role::left_depthwise || role == layer_role::left_pointwise;
        const std::string unit = scope + "." + std::to_string(at.call.unit);
        return detail::numbered(unit + (left ? ".branch_proj" : ".branch_main"), at.element);
    }
};

/// torchvision.models.mobilenet_v2.
struct mobilenet_v2_names {
    static constexpr const char* description = "torchvision's MobileNetV2";
    static layer_names of(const layer_position& at) {
        if (at.call.kind == op_kind::linear) return {"classifier.1", ""};
        const std::string block = std::string("features.") + std::to_string(at.block);
        if (at.call.role == layer_role::main) return detail::numbered(block, 0);
        // With its activation a convolution is an nn.Sequential of its own, the last one is linear.
        if (at.call.role == layer_role::project) return detail::numbered(block + ".conv", at.layer);
        return detail::numbered(block + ".conv." + std::to_string(at.layer), 0);
    }
};

/// torchvision.models.resnet18 and others of basic blocks.
struct resnet_names {
    static constexpr const char* description = "torchvision's ResNet";
    static layer_names of(const layer_position& at) {
        if (at.call.kind == op_kind::linear) return {"fc", ""};
        if (at.call.role == layer_role::main) return {"conv1", "bn1"};
        const std::string unit =
            std::string("layer") + std::to_string(at.stage) + "." + std::to_string(at.unit);
        if (at.call.role == layer_role::shortcut) return detail::numbered(unit + ".downsample", 0);
        const char* number = at.call.role == layer_role::expand ? "1" : "2";
        return {unit + ".conv" + number, unit + ".bn" + number};
    }
};

namespace detail {

/// Whose names a file has, by tensors that only they have; nullptr where nobody's. `has(name)` looks it up.
template <class Has>
const char* published_names(Has has) {
    if (has("detect_head.conv1x1.conv1x1.0.weight")) return fastestdet_names::description;
    if (has("stage2.0.branch1.0.weight")) return torchvision_names::description;
    if (has("stages.0.1.transform.0.weight")) return article_names::description;
    if (has("stages.0.0.branch1.0.weight")) return port_names::description;
    if (has("features.1.conv.0.0.weight")) return mobilenet_v2_names::description;
    if (has("layer1.0.conv1.weight") && has("fc.weight")) return resnet_names::description;
    if (has("layer1.0.conv1.weight") && has("conv5.weight")) return augshufflenet_plus_names::description;
    if (has("layer1.0.conv1.weight") && has("conv2.weight")) return shufflenet_plus_names::description;
    return nullptr;
}

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
