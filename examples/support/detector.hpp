// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "classes.hpp"
#include "plait/io/load.hpp"
#include "plait/io/picture.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/io/resize.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/fastestdet_decoding.hpp"

namespace examples {

/// FastestDet for COCO's classes, with its weights and its workspace.
class detector {
public:
    using network = plait::fastestdet<80>;
    static constexpr int classes = 80;

    static plait::result<detector> load(const std::filesystem::path& weights) {
        auto loaded = plait::load<network>(weights);
        if (!loaded) return plait::failure{loaded.error()};
        return detector(*std::move(loaded));
    }

    /// The objects of a score above the threshold, the likeliest first.
    plait::result<std::vector<plait::detected_object>> find(const plait::picture& picture, float threshold) {
        using namespace plait;
        put(resize_bilinear(picture, network::input.plane()), model_.input(*scratch_), no_normalisation,
            channel_order::bgr);
        model_.run(*scratch_);
        const auto output = model_.output(*scratch_);
        if (!all_finite(output)) return failure{"the network's output is not finite"};
        return suppress_overlaps(decode_fastestdet(output, threshold));
    }

private:
    explicit detector(plait::model<network> loaded) : model_(std::move(loaded)) {}

    plait::model<network> model_;
    std::unique_ptr<network::workspace> scratch_ = std::make_unique<network::workspace>();
};

}  // namespace examples
