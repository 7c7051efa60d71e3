// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "plait/core/as_size.hpp"
#include "plait/io/frame_resizer.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/network/model.hpp"
#include "plait/web/folded_weights.hpp"

// A network as a WebAssembly module: what CMake's plait_web compiles. JavaScript sees numbers and addresses;
// the ES module that plait_web writes beside it makes calls of them.

namespace plait::inline PLAIT_TARGET::web {

/// How a frame becomes the network's input.
enum class preparation {
    square,    ///< the square in its middle, resized as `resize` does: networks for CIFAR
    imagenet,  ///< the same at 8 / 7 of the input's size, of which the middle is taken: torchvision's
               ///< networks
    stretched  ///< the whole frame, resized as `resize_bilinear` does: FastestDet
};

/// What CMake's plait_web is told of the input.
struct module_options {
    preparation prepare = preparation::square;
    normalisation norm = no_normalisation;
    channel_order order = channel_order::rgb;
    bool observed = false;  ///< whether `strengths` is to be had
};

/// One network, one workspace, one frame. All that it allocates it allocates when a frame is larger than
/// those before.
template <class Network, module_options Options>
class module {
    using runner = native_runner<Network>;
    static constexpr shape input = Network::input;
    static_assert(Network::input_count == 1, "a module's network takes one picture: one input was expected");
    static_assert(input.channels == 3, "a module's network takes a picture: 3 channels were expected");
    static_assert(Options.prepare == preparation::stretched || input.height == input.width,
                  "a network whose input is no square takes whole frames: PREPARE stretched was expected");

public:
    using network = Network;

    /// Of one layer, as of a `model`.
    static void set_weights(int call, const float* weights, const float* bias) {
        runner::pack(call, weights, bias, packed);
    }

    /// Packs a list of weights.
    template <class Stored>
    static void unfold(const unsigned char* list) {
        std::vector<float> layer(largest_layer(list));
        web::unfold<Stored>(list, layer, set_weights);
    }

    /// Where a frame of RGBA goes; null where there is no memory for it.
    static std::uint8_t* frame(int width, int height) {
        constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
        const std::int64_t bytes = 4 * std::int64_t{width} * height;
        if (width < 1 || height < 1 || bytes > most) return nullptr;
        if (const auto needed = static_cast<std::size_t>(bytes); needed > frame_size) {
            frame_size = 0;
            frame_bytes.reset();
            frame_bytes.reset(new (std::nothrow) std::uint8_t[needed]);
            if (frame_bytes != nullptr) frame_size = needed;
        }
        return frame_bytes.get();
    }

    /// From the frame, which has that size, to the network's input.
    static void prepare(int width, int height) {
        const rgba_rows rows{
            frame_bytes.get(), std::ptrdiff_t{4} * width, {.height = height, .width = width}};
        (void)put(prepared(rows), kernels_input(), Options.norm, Options.order);
    }

    /// One pass over what was prepared.
    static void forward() {
        if constexpr (Options.observed)
            runner::observe(packed, workspace.data(), look_at_if_asked);
        else
            runner::forward(packed, workspace.data());
        model().output(workspace).copy_to(std::span<float, outputs>(output_values));
    }

    /// The last block's output, contiguous CHW, as the last pass left it.
    static const float* output() { return output_values; }

    /// The same as `forward`, and of every channel that a call makes the mean magnitude, by the channel's
    /// number; the input's are 0.
    static const float* strengths() requires(Options.observed) {
        is_asked = true;
        forward();
        is_asked = false;
        return strength_values;
    }

    /// The input's and the output's channels, height and width, parameters, multiply-adds, bytes of the
    /// workspace, channels.
    static const double* facts() {
        static constexpr shape output_shape = Network::output;
        static constexpr double values[]{
            input.channels,
            input.height,
            input.width,
            output_shape.channels,
            output_shape.height,
            output_shape.width,
            static_cast<double>(Network::parameters),
            static_cast<double>(Network::macs),
            static_cast<double>(sizeof(typename Network::workspace)),
            Network::sizes.channels,
        };
        return values;
    }

    /// The network with its packed weights.
    static model_view<Network> model() { return model_view<Network>(packed); }
    /// The workspace.
    static auto& scratch() { return workspace; }

private:
    static constexpr int ops = Network::sizes.ops;

    /// What each call makes, and the number of its first channel, after which come the others.
    struct made_maps {
        feature_map maps[as_size(at_least_one(ops))]{};
        int channels[as_size(at_least_one(ops))]{};

        constexpr made_maps() {
            for (int i = 0; i < ops; ++i) {
                maps[i] = Network::calls.ops[i].out;
                channels[i] = Network::calls.pool[maps[i].first];
            }
        }
    };
    static constexpr bool channels_are_in_order() {
        for (int i = 0; i < ops; ++i) {
            const feature_map made = Network::calls.ops[i].out;
            for (int c = 1; c < made.count; ++c) {
                if (Network::calls.pool[made.first + c] != Network::calls.pool[made.first] + c) return false;
            }
        }
        return true;
    }
    static_assert(channels_are_in_order());
    static constexpr made_maps made_by{};

    static void look_at_if_asked(int i) {
        if (is_asked) [[unlikely]]
            look_at(i);
    }

    [[gnu::noinline]] static void look_at(int i) {
        const feature_map made = made_by.maps[i];
        const map_view map(workspace.data(), runner::offsets + made.first, runner::steps + made.first,
                           made.dimensions());
        for (int c = 0; c < made.count; ++c) {
            double sum = 0;
            for (int y = 0; y < made.size.height; ++y) {
                for (int x = 0; x < made.size.width; ++x) sum += static_cast<double>(std::abs(map(c, y, x)));
            }
            strength_values[made_by.channels[i] + c] = static_cast<float>(sum / made.size.pixels());
        }
    }

    static constexpr std::size_t outputs = Network::output.elements();

    static auto kernels_input() { return model().input(workspace); }

    static pixel_rows prepared(const rgba_rows& frame) {
        if constexpr (Options.prepare == preparation::stretched) {
            return frame.size == input.plane() ? resizer.antialiased(frame, input.plane())
                                               : resizer.bilinear(frame, input.plane());
        } else if constexpr (Options.prepare == preparation::square) {
            return resizer.antialiased(frame.centre_square(), input.plane());
        } else {
            constexpr int side = input.width * 8 / 7;
            constexpr int margin = (side - input.width) / 2;
            pixel_rows whole = resizer.antialiased(frame.centre_square(), {.height = side, .width = side});
            whole.rgb = whole.row(margin) + 3 * margin;
            whole.size = input.plane();
            return whole;
        }
    }

    alignas(cache_line_bytes) static inline float packed[static_cast<std::size_t>(runner::packed_size)];
    static inline typename Network::workspace workspace;
    static inline float output_values[outputs];
    static inline float strength_values[static_cast<std::size_t>(Network::sizes.channels)];
    static inline bool is_asked = false;
    static inline frame_resizer resizer;
    static inline std::unique_ptr<std::uint8_t[]> frame_bytes;
    static inline std::size_t frame_size = 0;
};

}  // namespace plait::inline PLAIT_TARGET::web

/// The functions that every module has, of the type of a `module`.
#define PLAIT_WEB_MODULE(...)                                                                   \
    using plait_web_module = __VA_ARGS__;                                                       \
    extern "C" {                                                                                \
    PLAIT_WEB_EXPORT(frame) std::uint8_t* plait_frame(int width, int height) {                  \
        return plait_web_module::frame(width, height);                                          \
    }                                                                                           \
    PLAIT_WEB_EXPORT(prepare) void plait_prepare(int width, int height) {                       \
        plait_web_module::prepare(width, height);                                               \
    }                                                                                           \
    PLAIT_WEB_EXPORT(forward) void plait_forward() { plait_web_module::forward(); }             \
    PLAIT_WEB_EXPORT(output) const float* plait_output() { return plait_web_module::output(); } \
    PLAIT_WEB_EXPORT(facts) const double* plait_facts() { return plait_web_module::facts(); }   \
    }                                                                                           \
    static_assert(true)

/// What a module has besides where it is observed.
#define PLAIT_WEB_OBSERVED()                                                \
    extern "C" PLAIT_WEB_EXPORT(strengths) const float* plait_strengths() { \
        return plait_web_module::strengths();                               \
    }                                                                       \
    static_assert(true)

/// Where the weights are inside: a list of `stored`, at the symbol plait_weights.
#define PLAIT_WEB_WEIGHTS(stored)                           \
    extern "C" const unsigned char plait_weights[];         \
    extern "C" PLAIT_WEB_EXPORT(start) void plait_start() { \
        plait_web_module::unfold<stored>(plait_weights);    \
    }                                                       \
    static_assert(true)

/// What JavaScript calls a function of a module.
#define PLAIT_WEB_EXPORT(name) [[clang::export_name(#name)]]
