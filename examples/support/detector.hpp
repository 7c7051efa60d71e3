// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "any_network.hpp"
#include "classes.hpp"
#include "plait/core/precision.hpp"
#include "plait/io/picture.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/fastestdet_decoding.hpp"
#include "plait/tensor/tensor.hpp"
#include "precisions.hpp"
#include "prepare.hpp"

namespace examples {

/// FastestDet for COCO's classes, with its weights and its workspace.
class detector {
public:
    using network = plait::fastestdet<80>;
    static constexpr int classes = 80;

    static plait::result<detector> load(const std::filesystem::path& weights,
                                        plait::precision kept = plait::precision::f32) {
        auto loaded = load_network_in(kept, weights, "fastestdet_coco");
        if (!loaded) return plait::failure{loaded.error()};
        return detector(*std::move(loaded));
    }

    /// The objects of a score above the threshold, the likeliest first.
    plait::result<std::vector<plait::detected_object>> find(const plait::picture& picture, float threshold) {
        prepare(picture, preparation::fastestdet, network_->input());
        const auto output = network_->run();
        if (!all_finite(output)) return plait::failure{"the network's output is not finite"};
        std::ranges::copy(output, output_->begin());
        return plait::suppress_overlaps(plait::decode_fastestdet(*output_, threshold));
    }

private:
    using map = plait::tensor<float, network::output>;
    explicit detector(std::unique_ptr<any_network> loaded) : network_(std::move(loaded)) {}

    std::unique_ptr<any_network> network_;
    std::unique_ptr<map> output_ = std::make_unique<map>();
};

}  // namespace examples
