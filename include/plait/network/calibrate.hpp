// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/core/result.hpp"
#include "plait/network/model.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a channel's values lie between.
struct value_range {
    float low = 0;
    float high = 0;
};

/// Of every channel of `Network::calls`, over the pictures that were watched.
struct activation_ranges {
    std::vector<value_range> of;
    int pictures = 0;
};

/// Watches float passes of a model, picture by picture.
template <class Model>
class calibrator {
    using net = typename Model::network;

public:
    explicit calibrator(const Model& floats)
        : model_(&floats), scratch_(std::make_unique<typename Model::workspace>()) {
        ranges_.of.resize(static_cast<std::size_t>(net::sizes.channels));
    }

    /// One more picture; a sentence where a value of it, or one that the network makes of it, is not finite.
    result<void> add(const typename Model::input_tensor& picture) {
        bool is_finite_everywhere = true;
        const auto widen = [&](int entry, float value) {
            value_range& range = ranges_.of[static_cast<std::size_t>(net::calls.pool[entry])];
            is_finite_everywhere = is_finite_everywhere && is_finite(value);
            range.low = value < range.low ? value : range.low;
            range.high = value > range.high ? value : range.high;
        };
        if constexpr (net::input_count == 1) {
            has_colours_ = has_colours_ || varies(picture);
            for (int c = 0; c < net::input.channels; ++c)
                for (int i = 0; i < net::input.pixels(); ++i)
                    widen(net::calls.input.first + c, picture.channel(c)[i]);
        } else {
            has_colours_ = true;
            std::apply(
                [&](const auto& first, const auto&...) {
                    for (int c = 0; c < net::input.channels; ++c)
                        for (int i = 0; i < net::input.pixels(); ++i)
                            widen(net::calls.input.first + c, first.channel(c)[i]);
                },
                picture);
        }
        model_->observe(picture, *scratch_, [&](int, const op& call, const map_view& made) {
            const shape size = made.dimensions();
            for (int c = 0; c < size.channels; ++c)
                for (int y = 0; y < size.height; ++y)
                    for (int x = 0; x < size.width; ++x) widen(call.out.first + c, made(c, y, x));
        });
        ++ranges_.pictures;
        if (is_finite_everywhere) return {};
        return failure{"picture " + std::to_string(ranges_.pictures - 1) +
                       " makes values that are not finite where numbers were expected"};
    }

    /// What has been seen; a sentence where there was no picture, or none of more than one colour.
    result<activation_ranges> ranges() const {
        if (ranges_.pictures == 0)
            return failure{std::string("no pictures to calibrate with, where at least one was expected")};
        if (!has_colours_)
            return failure{
                std::string("every picture to calibrate with is of one colour, where pictures such "
                            "as the network will see were expected")};
        return ranges_;
    }

private:
    template <class Picture>
    static bool varies(const Picture& picture) {
        for (int c = 0; c < net::input.channels; ++c)
            for (int i = 1; i < net::input.pixels(); ++i)
                if (picture.channel(c)[i] < picture.channel(c)[0] ||
                    picture.channel(c)[i] > picture.channel(c)[0])
                    return true;
        return net::input.pixels() == 1;
    }

    const Model* model_;
    std::unique_ptr<typename Model::workspace> scratch_;
    activation_ranges ranges_;
    bool has_colours_ = false;
};

/// The ranges of every channel over some hundred pictures, as a model in fp32 makes them; or a sentence.
template <class Model>
result<activation_ranges> calibrate(const Model& floats,
                                    std::span<const typename Model::input_tensor> pictures) {
    calibrator<Model> watching(floats);
    for (const auto& picture : pictures)
        if (auto done = watching.add(picture); !done) return failure{done.error()};
    return watching.ranges();
}

}  // namespace plait::inline PLAIT_TARGET
