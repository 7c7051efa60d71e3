// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "plait/core/aligned_memory.hpp"
#include "plait/kernels/flat_window.hpp"
#include "plait/kernels/plane_op.hpp"
#include "plait/network/tensors.hpp"
#include "plait/train/training_plan.hpp"
#include "plait/train/workers.hpp"

// Forward and backward over a batch. One thing is stored of each layer: what its convolution made, before
// norm and ReLU, which readers apply. What arrives backward at a layer is the gradient before its ReLU, with
// the two sums of which its norm's gradient is made. Pictures are cut into parts; each part is one thread's
// at a time and has its own sums, which are added in order: results do not depend on the number of threads.

namespace plait::inline PLAIT_TARGET {

/// A network as training goes through it, whatever its type.
struct training_network {
    network_tensors tensors;
    std::span<const int> pool;
    std::span<const feature_map> outputs;
    feature_map input{};
    int channels = 0;
    std::span<const applied_when_read> applied;
    std::span<const bool> stores;
    std::span<const int> maker;
    std::span<const int> stored;
    // The plan.
    int batch = 0;
    long long input_place = 0;
    std::span<const long long> made;
    std::span<const long long> gradient;
    std::span<const bool> needs_gradient;
    long long size = 0;
    long long scratch_size = 0;  ///< of each part

    const op& call(int i) const { return tensors.written[static_cast<std::size_t>(i)]; }
    int calls() const { return static_cast<int>(tensors.written.size()); }
};

/// Where a network's tensors begin among all its parameters, by row; those that are trained come first.
class parameter_places {
public:
    explicit parameter_places(const network_tensors& tensors)
        : tensors_(tensors), begin_(tensors.rows.size()) {
        for (const bool trained : {true, false}) {
            for (std::size_t i = 0; i < tensors.rows.size(); ++i) {
                if (tensors.rows[i].is_trained() != trained) continue;
                begin_[i] = size_;
                size_ += tensors.rows[i].elements();
            }
            if (trained) trained_ = size_;
        }
    }

    /// Values of all tensors.
    long long size() const { return size_; }
    /// Values of those that are trained.
    long long trained() const { return trained_; }
    /// Where row `i` begins.
    long long begin(std::size_t i) const { return begin_[i]; }
    /// Where the tensor of that role of a written call begins; -1 where it has none.
    long long of(int call, tensor_role role) const {
        const parameter* row = call == op::none ? nullptr : tensors_.row_of(call, role);
        return row ? begin_[static_cast<std::size_t>(row - tensors_.rows.data())] : -1;
    }

private:
    network_tensors tensors_;
    std::vector<long long> begin_;
    long long size_ = 0;
    long long trained_ = 0;
};

/// One batch forward and backward.
class training_pass {
public:
    /// Parts of a batch that have sums of their own.
    static constexpr int parts = 4;

    explicit training_pass(const training_network& network)
        : net_(network), places_(network.tensors), channels_(static_cast<std::size_t>(network.channels)) {
        for (int i = 0; i < net_.calls(); ++i) calls_.push_back(resolve(i));
        find_first_contributions();
        for (auto& sums : forward_sums_) sums.resize(channels_.size());
        for (auto& sums : backward_sums_) sums.resize(channels_.size());
        for (int c = 0; c < net_.channels; ++c) {
            channel_state& channel = channels_[index(c)];
            const int maker = net_.maker[index(c)];
            if (maker != op::none && !stores(maker)) continue;
            const feature_map map = maker == op::none ? net_.input : net_.call(maker).out;
            const long long base = maker == op::none ? net_.input_place : net_.made[index(maker)];
            const long long at = (c - first_channel(maker)) * run_pitch(map.size, net_.batch);
            channel.made = base + at;
            if (maker == op::none) continue;
            channel.low = net_.applied[index(maker)].low;
            channel.high = net_.applied[index(maker)].high;
            channel.clips = net_.applied[index(maker)].clips();
            channel.needs_gradient = net_.needs_gradient[index(maker)];
            channel.gradient = net_.gradient[index(maker)] + at;
        }
    }

    /// What the pass works on; all of it is the caller's.
    struct memory {
        float* maps = nullptr;              ///< the plan's values, then each part's scratch
        const float* parameters = nullptr;  ///< `places().size()` values
        float* gradients = nullptr;         ///< `parts` times `places().trained()` values
        float* statistics = nullptr;        ///< running ones: the parameters from `trained()` on
    };

    /// Works on that memory from now on.
    void bind(const memory& m) { memory_ = m; }

    const parameter_places& places() const { return places_; }

    /// Forward over the `pictures` that lie in the inputs' runs.
    void forward(int pictures, workers& threads) {
        pictures_ = pictures;
        threads.run([&](int thread) {
            for (int i = 0; i < net_.calls(); ++i) {
                if (!stores(i)) continue;
                for_parts(thread, threads.count(), [&](int part) { forward(i, part); });
                threads.meet([&] { finish_forward(i); });
            }
        });
    }

    /// Backward, after gradients of the outputs were put by `put_output_gradient`. Gradients of parameters
    /// are left in the parts' memory.
    void backward(workers& threads) {
        threads.run([&](int thread) {
            for (int i = net_.calls() - 1; i >= 0; --i) {
                if (!stores(i) || !net_.needs_gradient[index(i)]) continue;
                threads.meet([&] { start_backward(i); });
                for_parts(thread, threads.count(), [&](int part) { backward(i, part); });
            }
        });
    }

    /// Of the pictures from `begin` on, `count` of them: a map as readers see it, rows of channels.
    void read(feature_map map, int begin, int count, pixel_rows<float> to) const {
        read_run(map, 1LL * begin * map.size.pixels(), count * map.size.pixels(), to);
    }

    /// Where a channel of an input lies: its pictures one after another.
    float* input(feature_map map, int c) { return made(stored_channel(map, c)); }

    /// Clears what backward adds to. Before the outputs' gradients are put.
    void clear_gradients() {
        std::fill_n(memory_.gradients, parts * places_.trained(), 0.0F);
        for (auto& sums : backward_sums_) std::fill(sums.begin(), sums.end(), pair_of_sums{});
        for (const feature_map& map : net_.outputs) {
            for (int c = 0; c < map.count; ++c) {
                const int channel = stored_channel(map, c);
                if (channels_[index(channel)].needs_gradient)
                    std::fill_n(gradient(channel), 1LL * pictures_ * map.size.pixels(), 0.0F);
            }
        }
    }

    /// Adds to the gradient of an output; `from` has a row for each channel of all pictures.
    void put_output_gradient(feature_map map, pixel_rows<const float> from) {
        for (int part = 0; part < parts; ++part) {
            const int pixels = map.size.pixels();
            const int begin = part_begin(part) * pixels;
            const int end = part_begin(part + 1) * pixels;
            if (begin == end) continue;
            for (int c = 0; c < map.count; ++c)
                contribute(stored_channel(map, c), begin, end - begin, from.row(c) + begin, false, part);
        }
    }

private:
    using vector = simd::batch<float>;
    static constexpr int lanes = native_lanes;

    struct pair_of_sums {
        double first = 0;
        double second = 0;
    };

    /// Of a stored channel.
    struct channel_state {
        long long made = 0;
        long long gradient = 0;
        float scale = 1;
        float offset = 0;
        float low = 0;
        float high = 0;
        bool clips = false;
        bool needs_gradient = false;
        double sum = 0;
        double mean = 0;
        double inverse = 1;  ///< of the standard deviation
        // Backward through the norm: of_gradient * g + of_made * y + constant.
        float of_gradient = 1;
        float of_made = 0;
        float constant = 0;
    };

    /// Where a call's tensors begin.
    struct call_tensors {
        long long weight = -1;
        long long bias = -1;
        long long own = -1;  ///< slopes, or values of channels
        long long norm_weight = -1;
        long long norm_bias = -1;
        long long mean = -1;
        long long variance = -1;
        double epsilon = 0;
        double momentum = 0;
        std::vector<bool> writes_in;  ///< whether the call is the first to write a channel's gradient
        std::vector<bool> writes_other;
        flat_window flat{};  ///< of a depthwise convolution
    };

    static std::size_t index(long long i) { return static_cast<std::size_t>(i); }
    bool stores(int i) const { return net_.stores[index(i)]; }
    int stored_channel(feature_map map, int c) const {
        return net_.stored[index(net_.pool[index(map.first + c)])];
    }
    int first_channel(int maker) const {
        return net_.pool[index(maker == op::none ? net_.input.first : net_.call(maker).out.first)];
    }
    float* made(int channel) const { return memory_.maps + channels_[index(channel)].made; }
    float* gradient(int channel) const { return memory_.maps + channels_[index(channel)].gradient; }
    float* scratch(int part) const { return memory_.maps + net_.size + part * net_.scratch_size; }
    int part_begin(int part) const { return static_cast<int>(1LL * pictures_ * part / parts); }
    float* gradients_of(int part) const { return memory_.gradients + part * places_.trained(); }
    const float* parameters(long long at) const { return at < 0 ? nullptr : memory_.parameters + at; }

    template <class Visit>
    static void for_parts(int thread, int threads, Visit visit) {
        for (int part = thread; part < parts; part += threads) visit(part);
    }

    call_tensors resolve(int i) const {
        call_tensors found;
        if (!stores(i)) return found;
        const op& o = net_.call(i);
        if (o.has_weights()) {
            found.weight = places_.of(i, tensor_role::weight);
            found.bias = places_.of(i, tensor_role::bias);
        } else if (o.kind == op_kind::prelu) {
            found.own = places_.of(i, tensor_role::weight);
        } else if (o.channel_values() > 0) {
            found.own = places_.of(i, tensor_role::values);
        }
        if (o.kind == op_kind::depthwise) found.flat = flat_window(o.window, o.in.size, o.out.size);
        const int norm = net_.applied[index(i)].norm;
        if (norm == op::none) return found;
        found.norm_weight = places_.of(norm, tensor_role::weight);
        found.norm_bias = places_.of(norm, tensor_role::bias);
        found.mean = places_.of(norm, tensor_role::running_mean);
        found.variance = places_.of(norm, tensor_role::running_variance);
        found.epsilon = net_.call(norm).normalisation.epsilon;
        found.momentum = net_.call(norm).normalisation.momentum;
        return found;
    }

    /// In the order of backward, outputs before all.
    void find_first_contributions() {
        std::vector<bool>& written = is_reached_;
        written.assign(channels_.size(), false);
        const auto note = [&](feature_map map) {
            std::vector<bool> writes(index(map.count));
            for (int c = 0; c < map.count; ++c) {
                const int channel = stored_channel(map, c);
                writes[index(c)] = !written[index(channel)];
                written[index(channel)] = true;
            }
            return writes;
        };
        for (const feature_map& map : net_.outputs) note(map);
        for (int i = net_.calls() - 1; i >= 0; --i) {
            if (!stores(i) || !net_.needs_gradient[index(i)]) continue;
            calls_[index(i)].writes_in = note(net_.call(i).in);
            calls_[index(i)].writes_other = note(net_.call(i).other);
        }
    }

    // Reading and writing runs.

    /// to[i] = the channel's values as readers see them, then zeros to the end of a tile.
    void read_channel(int channel, long long begin, int count, float* to) const {
        const channel_state& s = channels_[index(channel)];
        const float* from = made(channel) + begin;
        const vector scale(s.scale);
        const vector offset(s.offset);
        if (s.clips) {
            const vector low(s.low);
            const vector high(s.high);
            for (int i = 0; i < count; i += lanes)
                simd::store_unaligned(
                    to + i,
                    simd::minimum(
                        high, simd::maximum(
                                  low, simd::multiply_add(scale, simd::load_unaligned(from + i), offset))));
        } else {
            for (int i = 0; i < count; i += lanes)
                simd::store_unaligned(to + i,
                                      simd::multiply_add(scale, simd::load_unaligned(from + i), offset));
        }
        for (int i = count; i < padded_pixels(count); ++i) to[i] = 0;
    }

    void read_run(feature_map map, long long begin, int count, pixel_rows<float> to) const {
        for (int c = 0; c < map.count; ++c) read_channel(stored_channel(map, c), begin, count, to.row(c));
    }

    /// Takes what a call has made, with its bias, and its sums.
    void store_channel(int channel, long long begin, int count, const float* from, float bias, int part) {
        float* to = made(channel) + begin;
        constexpr int run = 512;
        pair_of_sums& sums = forward_sums_[part][index(channel)];
        for (int first = 0; first < count; first += run) {
            const int end = std::min(first + run, count);
            vector sum(0.0F);
            vector squares(0.0F);
            int i = first;
            for (; i + lanes <= end; i += lanes) {
                const vector y = simd::load_unaligned(from + i) + vector(bias);
                simd::store_unaligned(to + i, y);
                sum += y;
                squares = simd::multiply_add(y, y, squares);
            }
            double rest = 0;
            double rest_squares = 0;
            for (; i < end; ++i) {
                const float y = to[i] = from[i] + bias;
                rest += double{y};
                rest_squares += double{y} * double{y};
            }
            sums.first += rest + double{simd::sum_of_lanes(sum)};
            sums.second += rest_squares + double{simd::sum_of_lanes(squares)};
        }
    }

    /// Adds to a channel's gradient what a reader of it gives back: through the clip, with the norm's sums.
    void contribute(int channel, long long begin, int count, const float* from, bool is_first, int part) {
        const channel_state& s = channels_[index(channel)];
        if (!s.needs_gradient) return;
        float* to = gradient(channel) + begin;
        const float* y = made(channel) + begin;
        constexpr int run = 512;
        pair_of_sums& sums = backward_sums_[part][index(channel)];
        const vector scale(s.scale);
        const vector offset(s.offset);
        const vector low(s.low);
        const vector high(s.high);
        for (int first = 0; first < count; first += run) {
            const int end = std::min(first + run, count);
            vector sum(0.0F);
            vector products(0.0F);
            int i = first;
            for (; i + lanes <= end; i += lanes) {
                const vector made_here = simd::load_unaligned(y + i);
                vector g = simd::load_unaligned(from + i);
                if (s.clips)
                    g = simd::where_between(simd::multiply_add(scale, made_here, offset), low, high, g);
                sum += g;
                products = simd::multiply_add(g, made_here, products);
                simd::store_unaligned(to + i, is_first ? g : g + simd::load_unaligned(to + i));
            }
            double rest = 0;
            double rest_products = 0;
            for (; i < end; ++i) {
                const float u = s.scale * y[i] + s.offset;
                const float g = !s.clips || (u > s.low && u < s.high) ? from[i] : 0.0F;
                rest += double{g};
                rest_products += double{g} * double{y[i]};
                to[i] = is_first ? g : to[i] + g;
            }
            sums.first += rest + double{simd::sum_of_lanes(sum)};
            sums.second += rest_products + double{simd::sum_of_lanes(products)};
        }
    }

    /// The gradient of what the call's channel stored, then zeros to the end of a tile.
    void read_gradient(int channel, long long begin, int count, float* to) const {
        const channel_state& s = channels_[index(channel)];
        const float* g = gradient(channel) + begin;
        const float* y = made(channel) + begin;
        const vector of_gradient(s.of_gradient);
        const vector of_made(s.of_made);
        const vector constant(s.constant);
        for (int i = 0; i < count; i += lanes)
            simd::store_unaligned(
                to + i,
                simd::multiply_add(of_gradient, simd::load_unaligned(g + i),
                                   simd::multiply_add(of_made, simd::load_unaligned(y + i), constant)));
        for (int i = count; i < padded_pixels(count); ++i) to[i] = 0;
    }

    // Sums of the whole batch.

    void finish_forward(int i) {
        const op& o = net_.call(i);
        const call_tensors& t = calls_[index(i)];
        const bool has_norm = net_.applied[index(i)].norm != op::none;
        const double count = 1.0 * pictures_ * o.out.size.pixels();
        for (int c = 0; c < o.out.count; ++c) {
            channel_state& s = channels_[index(first_channel(i) + c)];
            pair_of_sums total;
            for (auto& part : forward_sums_) {
                pair_of_sums& sums = part[index(first_channel(i) + c)];
                total.first += sums.first;
                total.second += sums.second;
                sums = {};
            }
            s.sum = total.first;
            if (!has_norm) continue;
            const double mean = total.first / count;
            const double variance = std::max(0.0, total.second / count - mean * mean);
            s.mean = mean;
            s.inverse = 1 / std::sqrt(variance + t.epsilon);
            const double weight = t.norm_weight < 0 ? 1 : double{memory_.parameters[t.norm_weight + c]};
            const double bias = t.norm_bias < 0 ? 0 : double{memory_.parameters[t.norm_bias + c]};
            s.scale = static_cast<float>(weight * s.inverse);
            s.offset = static_cast<float>(bias - mean * weight * s.inverse);
            const auto move = [&](long long at, double value) {
                float& running = memory_.statistics[at + c - places_.trained()];
                running = static_cast<float>((1 - t.momentum) * double{running} + t.momentum * value);
            };
            move(t.mean, mean);
            move(t.variance, count > 1 ? variance * count / (count - 1) : variance);
        }
    }

    /// The norm's backward as three numbers a channel, and the gradients of what is one value a channel.
    void start_backward(int i) {
        const op& o = net_.call(i);
        const call_tensors& t = calls_[index(i)];
        const bool has_norm = net_.applied[index(i)].norm != op::none;
        const double count = 1.0 * pictures_ * o.out.size.pixels();
        float* const gradients = gradients_of(0);
        for (int c = 0; c < o.out.count; ++c) {
            const int channel = first_channel(i) + c;
            channel_state& s = channels_[index(channel)];
            if (!is_reached_[index(channel)])
                std::fill_n(gradient(channel), 1LL * pictures_ * o.out.size.pixels(), 0.0F);
            pair_of_sums total;
            for (const auto& part : backward_sums_) {
                total.first += part[index(channel)].first;
                total.second += part[index(channel)].second;
            }
            s.of_gradient = 1;
            s.of_made = s.constant = 0;
            double bias = total.first;
            if (has_norm) {
                const double weight = t.norm_weight < 0 ? 1 : double{memory_.parameters[t.norm_weight + c]};
                const double of_weight = s.inverse * (total.second - s.mean * total.first);
                if (t.norm_weight >= 0) gradients[t.norm_weight + c] += static_cast<float>(of_weight);
                if (t.norm_bias >= 0) gradients[t.norm_bias + c] += static_cast<float>(total.first);
                const double a = weight * s.inverse;
                const double b = -a * s.inverse * of_weight / count;
                const double k = -a * total.first / count - b * s.mean;
                s.of_gradient = static_cast<float>(a);
                s.of_made = static_cast<float>(b);
                s.constant = static_cast<float>(k);
                bias = a * total.first + b * s.sum + k * count;
            }
            if (t.bias >= 0) gradients[t.bias + c] += static_cast<float>(bias);
        }
    }

    // Calls.

    void forward(int i, int part) {
        const op& o = net_.call(i);
        const int begin = part_begin(part);
        const int end = part_begin(part + 1);
        if (begin == end || o.kind == op_kind::input) return;
        if (detail::is_product(o))
            forward_product(i, part, begin, end);
        else if (o.kind == op_kind::depthwise)
            forward_depthwise(i, part, begin, end);
        else
            forward_planes(i, part, begin, end);
    }

    void backward(int i, int part) {
        const op& o = net_.call(i);
        const int begin = part_begin(part);
        const int end = part_begin(part + 1);
        if (begin == end || o.kind == op_kind::input) return;
        if (detail::is_product(o))
            backward_product(i, part, begin, end);
        else if (o.kind == op_kind::depthwise)
            backward_depthwise(i, part, begin, end);
        else
            backward_planes(i, part, begin, end);
    }

    float bias_of(int i, int c) const {
        const long long at = calls_[index(i)].bias;
        return at < 0 ? 0.0F : memory_.parameters[at + c];
    }

    bool wants_gradient(feature_map map) const {
        for (int c = 0; c < map.count; ++c)
            if (channels_[index(stored_channel(map, c))].needs_gradient) return true;
        return false;
    }

    /// Rows for a piece, one after another in a part's scratch.
    class rows_of_scratch {
    public:
        explicit rows_of_scratch(float* begin) : next_(begin) {}
        pixel_rows<float> take(int rows, int pixels) {
            const pixel_rows<float> taken{next_, detail::row_pitch(pixels)};
            next_ += rows * taken.pitch;
            return taken;
        }
        float* take(long long values) {
            float* const taken = next_;
            next_ += (values + 15) / 16 * 16;
            return taken;
        }

    private:
        float* next_;
    };

    /// Whether a row of a product is a channel's run as it is.
    static bool reads_runs(const op& o) {
        if (o.kind == op_kind::linear) return o.in.size.pixels() == 1;
        return o.kind == op_kind::conv_transpose || o.window.is_point();
    }

    /// The inputs of a group as rows of a product, of the pictures from `begin` on.
    void read_rows(const op& o, int group, int begin, int count, pixel_rows<float> to, float* plane) const {
        const int in = o.group_inputs();
        const int first = group * in;
        const int in_pixels = o.in.size.pixels();
        if (reads_runs(o)) {
            for (int c = 0; c < in; ++c)
                read_channel(stored_channel(o.in, first + c), 1LL * begin * in_pixels, count * in_pixels,
                             to.row(c));
            return;
        }
        const int out_pixels = o.out.size.pixels();
        const int taps = o.kind == op_kind::linear ? in_pixels : o.window.taps();
        for (int c = 0; c < in; ++c) {
            for (int b = 0; b < count; ++b) {
                read_channel(stored_channel(o.in, first + c), 1LL * (begin + b) * in_pixels, in_pixels,
                             plane);
                if (o.kind == op_kind::linear) {
                    for (int t = 0; t < taps; ++t) to.row(c * taps + t)[b] = plane[t];
                } else {
                    pixel_rows<float> rows = to.from(c * taps);
                    rows.values += b * out_pixels;
                    unfold(o.window, plane, o.in.size, o.out.size, rows);
                }
            }
            const int made = count * out_pixels;
            for (int t = 0; t < taps; ++t) {
                float* const row = to.row(c * taps + t);
                for (int p = made; p < padded_pixels(made); ++p) row[p] = 0;
            }
        }
    }

    /// What a product's rows give back to the inputs of a group.
    void give_rows(int i, int group, int begin, int count, pixel_rows<const float> from, float* plane,
                   int part) {
        const op& o = net_.call(i);
        const int in = o.group_inputs();
        const int first = group * in;
        const int in_pixels = o.in.size.pixels();
        const std::vector<bool>& writes = calls_[index(i)].writes_in;
        const auto give = [&](int c, int picture, int pictures, const float* values) {
            contribute(stored_channel(o.in, first + c), 1LL * picture * in_pixels, pictures * in_pixels,
                       values, writes[index(first + c)], part);
        };
        if (reads_runs(o)) {
            for (int c = 0; c < in; ++c) give(c, begin, count, from.row(c));
            return;
        }
        const int taps = o.kind == op_kind::linear ? in_pixels : o.window.taps();
        for (int c = 0; c < in; ++c) {
            for (int b = 0; b < count; ++b) {
                if (o.kind == op_kind::linear) {
                    for (int t = 0; t < taps; ++t) plane[t] = from.row(c * taps + t)[b];
                } else {
                    std::fill_n(plane, in_pixels, 0.0F);
                    pixel_rows<const float> rows = from.from(c * taps);
                    rows.values += b * o.out.size.pixels();
                    fold(o.window, rows, o.out.size, plane, o.in.size);
                }
                give(c, begin + b, 1, plane);
            }
        }
    }

    /// Weights of a group as a matrix of outputs by inner rows, and where its elements lie.
    const float* matrix_of(int i, int group, const detail::product_shape& s) const {
        return parameters(calls_[index(i)].weight) + 1LL * group * s.outputs * s.inner;
    }
    /// PyTorch's [in][out][tap] of a transposed convolution has inputs as rows.
    static matrix_steps steps_of(const op& o, const detail::product_shape& s) {
        if (o.kind == op_kind::conv_transpose) return {.row = 1, .column = s.outputs};
        return {.row = s.inner, .column = 1};
    }

    void forward_product(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const detail::product_shape s = detail::product_of(o, net_.batch);
        rows_of_scratch rows(scratch(part));
        const pixel_rows<float> in = rows.take(s.inner, s.piece);
        const pixel_rows<float> out = rows.take(s.outputs, s.piece);
        float* const matrix = rows.take(detail::packed_matrix_size(s.outputs, s.inner));
        float* const plane =
            rows.take(detail::row_pitch(o.in.size.pixels()) + detail::row_pitch(o.out.size.pixels()));
        const int out_pixels = o.out.size.pixels();
        for (int group = 0; group < o.groups; ++group) {
            detail::pack_matrix(matrix_of(i, group, s), steps_of(o, s), s.outputs, s.inner, matrix);
            for (int picture = begin; picture < end; picture += s.pictures) {
                const int count = std::min(s.pictures, end - picture);
                read_rows(o, group, picture, count, in, plane);
                multiply(matrix, s.outputs, s.inner, count * s.pixels, in, out);
                for (int c = 0; c < o.group_outputs(); ++c) {
                    const int to = group * o.group_outputs() + c;
                    if (o.kind != op_kind::conv_transpose) {
                        store_channel(first_channel(i) + to, 1LL * picture * out_pixels, count * out_pixels,
                                      out.row(c), bias_of(i, to), part);
                        continue;
                    }
                    for (int b = 0; b < count; ++b) {
                        std::fill_n(plane, out_pixels, 0.0F);
                        pixel_rows<const float> taps = out.from(c * o.window.taps());
                        taps.values += b * s.pixels;
                        fold(o.window, taps, o.in.size, plane, o.out.size);
                        store_channel(first_channel(i) + to, 1LL * (picture + b) * out_pixels, out_pixels,
                                      plane, bias_of(i, to), part);
                    }
                }
            }
        }
    }

    /// The gradients of a group's outputs as rows of a product.
    void read_gradient_rows(int i, int group, int begin, int count, pixel_rows<float> to,
                            float* plane) const {
        const op& o = net_.call(i);
        const int out_pixels = o.out.size.pixels();
        for (int c = 0; c < o.group_outputs(); ++c) {
            const int channel = first_channel(i) + group * o.group_outputs() + c;
            if (o.kind != op_kind::conv_transpose) {
                read_gradient(channel, 1LL * begin * out_pixels, count * out_pixels, to.row(c));
                continue;
            }
            const int taps = o.window.taps();
            const int in_pixels = o.in.size.pixels();
            for (int b = 0; b < count; ++b) {
                read_gradient(channel, 1LL * (begin + b) * out_pixels, out_pixels, plane);
                pixel_rows<float> rows = to.from(c * taps);
                rows.values += b * in_pixels;
                unfold(o.window, plane, o.out.size, o.in.size, rows);
            }
            const int made = count * in_pixels;
            for (int t = 0; t < taps; ++t)
                for (int p = made; p < padded_pixels(made); ++p) to.row(c * taps + t)[p] = 0;
        }
    }

    void backward_product(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const detail::product_shape s = detail::product_of(o, net_.batch);
        const bool gives = wants_gradient(o.in);
        rows_of_scratch rows(scratch(part));
        const pixel_rows<float> in = rows.take(s.inner, s.piece);
        const pixel_rows<float> given = rows.take(s.inner, s.piece);
        const pixel_rows<float> out = rows.take(s.outputs, s.piece);
        float* const matrix = rows.take(detail::packed_matrix_size(s.inner, s.outputs));
        float* const plane =
            rows.take(detail::row_pitch(o.in.size.pixels()) + detail::row_pitch(o.out.size.pixels()));
        const matrix_steps steps = steps_of(o, s);
        for (int group = 0; group < o.groups; ++group) {
            if (gives)
                detail::pack_matrix(matrix_of(i, group, s), {.row = steps.column, .column = steps.row},
                                    s.inner, s.outputs, matrix);
            float* const of_weights =
                gradients_of(part) + calls_[index(i)].weight + 1LL * group * s.outputs * s.inner;
            for (int picture = begin; picture < end; picture += s.pictures) {
                const int count = std::min(s.pictures, end - picture);
                read_gradient_rows(i, group, picture, count, out, plane);
                read_rows(o, group, picture, count, in, plane);
                add_products(count * s.pixels, out, s.outputs, in, s.inner, of_weights, steps);
                if (!gives) continue;
                multiply(matrix, s.inner, s.outputs, count * s.pixels, out, given);
                give_rows(i, group, picture, count, given, plane, part);
            }
        }
    }

    void forward_depthwise(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const flat_window& flat = calls_[index(i)].flat;
        const int at_a_time = detail::pictures_of_run(o);
        const int in_pixels = o.in.size.pixels();
        const int out_pixels = o.out.size.pixels();
        rows_of_scratch rows(scratch(part));
        float* const pictures =
            rows.take(detail::row_pitch(at_a_time * std::max(in_pixels, out_pixels)) + 4 * native_lanes);
        float* const sums = rows.take(flat.reserved(at_a_time));
        float* const spread = rows.take(flat.phases() * flat.reserved(at_a_time));
        for (int c = 0; c < o.out.count; ++c) {
            const float* const weights = parameters(calls_[index(i)].weight) + c * flat.taps();
            for (int b = begin; b < end; b += at_a_time) {
                const int count = std::min(at_a_time, end - b);
                read_channel(stored_channel(o.in, c), 1LL * b * in_pixels, count * in_pixels, pictures);
                flat.spread(pictures, count, spread);
                flat.sum(weights, spread, count, sums);
                flat.narrow(sums, count, pictures);
                store_channel(first_channel(i) + c, 1LL * b * out_pixels, count * out_pixels, pictures,
                              bias_of(i, c), part);
            }
        }
    }

    void backward_depthwise(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const flat_window& flat = calls_[index(i)].flat;
        const int at_a_time = detail::pictures_of_run(o);
        const int in_pixels = o.in.size.pixels();
        const int out_pixels = o.out.size.pixels();
        const bool gives = wants_gradient(o.in);
        rows_of_scratch rows(scratch(part));
        float* const pictures =
            rows.take(detail::row_pitch(at_a_time * std::max(in_pixels, out_pixels)) + 4 * native_lanes);
        float* const sums = rows.take(flat.reserved(at_a_time));
        float* const spread = rows.take(flat.phases() * flat.reserved(at_a_time));
        const std::vector<bool>& writes = calls_[index(i)].writes_in;
        for (int c = 0; c < o.out.count; ++c) {
            const float* const weights = parameters(calls_[index(i)].weight) + c * flat.taps();
            float* const of_weights = gradients_of(part) + calls_[index(i)].weight + c * flat.taps();
            for (int b = begin; b < end; b += at_a_time) {
                const int count = std::min(at_a_time, end - b);
                read_gradient(first_channel(i) + c, 1LL * b * out_pixels, count * out_pixels, pictures);
                flat.widen(pictures, count, sums);
                read_channel(stored_channel(o.in, c), 1LL * b * in_pixels, count * in_pixels, pictures);
                flat.spread(pictures, count, spread);
                flat.add_products(sums, spread, count, of_weights);
                if (!gives) continue;
                flat.give(weights, sums, count, spread);
                std::fill_n(pictures, count * in_pixels, 0.0F);
                flat.collect(spread, count, pictures);
                contribute(stored_channel(o.in, c), 1LL * b * in_pixels, count * in_pixels, pictures,
                           writes[index(c)], part);
            }
        }
    }

    void forward_planes(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        rows_of_scratch rows(scratch(part));
        const pixel_rows<float> in = rows.take(o.in.count, o.in.size.pixels());
        const pixel_rows<float> other = rows.take(o.other.count, o.other.size.pixels());
        const pixel_rows<float> made = rows.take(o.out.count, o.out.size.pixels());
        for (int b = begin; b < end; ++b) {
            read(o.in, b, 1, in);
            read(o.other, b, 1, other);
            make_planes(o, {in, other, parameters(calls_[index(i)].own)}, made);
            for (int c = 0; c < o.out.count; ++c)
                store_channel(first_channel(i) + c, 1LL * b * o.out.size.pixels(), o.out.size.pixels(),
                              made.row(c), 0, part);
        }
    }

    void backward_planes(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const int out_pixels = o.out.size.pixels();
        rows_of_scratch rows(scratch(part));
        const pixel_rows<float> in = rows.take(o.in.count, o.in.size.pixels());
        const pixel_rows<float> other = rows.take(o.other.count, o.other.size.pixels());
        const pixel_rows<float> given = rows.take(o.in.count, o.in.size.pixels());
        const pixel_rows<float> given_other = rows.take(o.other.count, o.other.size.pixels());
        const pixel_rows<float> out = rows.take(o.out.count, out_pixels);
        const call_tensors& t = calls_[index(i)];
        float* const own = t.own < 0 ? nullptr : gradients_of(part) + t.own;
        const auto give = [&](feature_map map, pixel_rows<float> values, const std::vector<bool>& writes,
                              int b) {
            for (int c = 0; c < map.count; ++c)
                contribute(stored_channel(map, c), 1LL * b * map.size.pixels(), map.size.pixels(),
                           values.row(c), writes[index(c)], part);
        };
        for (int b = begin; b < end; ++b) {
            read(o.in, b, 1, in);
            read(o.other, b, 1, other);
            for (int c = 0; c < o.out.count; ++c)
                read_gradient(first_channel(i) + c, 1LL * b * out_pixels, out_pixels, out.row(c));
            std::fill_n(given.values, o.in.count * given.pitch, 0.0F);
            std::fill_n(given_other.values, o.other.count * given_other.pitch, 0.0F);
            add_plane_gradients(o, {in, other, parameters(t.own)}, out, {given, given_other, own});
            give(o.in, given, t.writes_in, b);
            give(o.other, given_other, t.writes_other, b);
        }
    }

    training_network net_;
    parameter_places places_;
    std::vector<channel_state> channels_;
    std::vector<call_tensors> calls_;
    std::vector<bool> is_reached_;  ///< whether any gradient arrives at a channel
    std::vector<pair_of_sums> forward_sums_[parts];
    std::vector<pair_of_sums> backward_sums_[parts];
    memory memory_{};
    int pictures_ = 0;
};

}  // namespace plait::inline PLAIT_TARGET
