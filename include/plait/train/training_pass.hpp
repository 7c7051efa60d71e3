// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "plait/core/aligned_memory.hpp"
#include "plait/core/channel_code.hpp"
#include "plait/core/finite.hpp"
#include "plait/core/random.hpp"
#include "plait/kernels/dropout_mask.hpp"
#include "plait/kernels/stored_run.hpp"
#include "plait/train/collective.hpp"
#include "plait/train/training_network.hpp"
#include "plait/train/workers.hpp"

// Forward and backward over a batch. One thing is stored of each layer: what its convolution made, before
// norm and ReLU, which readers apply. What arrives backward at a layer is the gradient before its ReLU, with
// the two sums of which its norm's gradient is made. Pictures are cut into parts; each part is one thread's
// at a time and has its own sums, which are added in order: results do not depend on the number of threads.

namespace plait::inline PLAIT_TARGET {

/// One batch forward and backward, what lies between stored as `Stored`: float or half. Gradients of halves
/// are scaled, so that the largest of the outputs' lies in the middle of their range.
template <class Stored>
class training_pass {
public:
    /// Parts of a batch that have sums of their own.
    static constexpr int parts = 4;
    static constexpr bool scales = !std::is_same_v<Stored, float>;

    explicit training_pass(const training_network& network)
        : net_(network), places_(network), channels_(static_cast<std::size_t>(network.channels)) {
        for (int i = 0; i < net_.calls(); ++i) calls_.push_back(resolve(i));
        find_first_contributions();
        int most = 1;
        for (int i = 0; i < net_.calls(); ++i) most = std::max(most, net_.call(i).out.count);
        totals_.resize(2 * index(most) + 1);
        int runs = 0;
        for (int i = 0; i < net_.calls(); ++i)
            runs = std::max(runs, 2 * net_.call(i).in.count + 2 * net_.call(i).out.count);
        for (int part = 0; part < parts; ++part) asked_.emplace_back(index(runs));
        for (auto& sums : forward_sums_) sums.resize(channels_.size());
        for (auto& sums : backward_sums_) sums.resize(channels_.size());
    }

    /// What the pass works on; all of it is the caller's.
    struct memory {
        float* inputs = nullptr;            ///< the plan's `inputs` values
        Stored* maps = nullptr;             ///< the plan's `size` values
        float* scratch = nullptr;           ///< `parts` times the plan's scratch
        float* packed = nullptr;            ///< the weights of one call
        const float* parameters = nullptr;  ///< `places().size()` values
        float* gradients = nullptr;         ///< `parts` times `places().trained()` values
        float* statistics = nullptr;        ///< the parameters from `trained()` on
    };

    /// Works on that memory from now on.
    void bind(const memory& m) {
        memory_ = m;
        for (int c = 0; c < net_.channels; ++c) {
            channel_state& channel = channels_[index(c)];
            const int maker = net_.maker[index(c)];
            if (maker != op::none && !stores(maker)) continue;
            const feature_map map = maker == op::none ? net_.input : net_.call(maker).out;
            const long long at = (c - first_channel(maker)) * run_pitch(map.size, net_.batch);
            if (maker == op::none) {
                channel.input = m.inputs + net_.input_place + at;
                continue;
            }
            if (net_.call(maker).kind == op_kind::input) {
                channel.input = m.inputs + net_.made[index(maker)] + at;
                continue;
            }
            const applied_when_read& applied = net_.applied[index(maker)];
            channel.made = m.maps + net_.made[index(maker)] + at;
            channel.reads = {.low = applied.low, .high = applied.high, .clips = applied.clips()};
            channel.needs_gradient = net_.needs_gradient[index(maker)];
            channel.gradient = m.maps + net_.gradient[index(maker)] + at;
        }
    }

    /// Rounds maps from now on, where they are read.
    void round(std::span<const channel_code> maps) {
        for (std::size_t c = 0; c < maps.size(); ++c) {
            const channel_code code = maps[c];
            if (!(code.scale > 0)) continue;
            run_reading& reads = channels_[c].reads;
            reads.low = std::max(reads.clips ? reads.low : code.value(0), code.value(0));
            reads.high = std::min(reads.clips ? reads.high : code.value(255), code.value(255));
            reads.step = code.scale;
            reads.clips = true;
        }
    }
    /// Reads parameters there from now on.
    void read_parameters(const float* parameters) { memory_.parameters = parameters; }

    /// Where the network's tensors begin.
    const parameter_places& places() const { return places_; }

    /// Trains with other processes from now on; null for alone.
    void join(collective* others) { others_ = others; }
    /// What dropout drops follows from that number.
    void draw(std::uint64_t seed) { drawn_ = seed; }

    /// Forward over the `pictures` that lie in the inputs' runs. Ends between two calls once `stop` is set:
    /// whether it came to the end.
    bool forward(int pictures, workers& threads, const std::atomic<bool>* stop = nullptr) {
        pictures_ = pictures;
        double all = pictures;
        if (others_) others_->sum(std::span(&all, 1));
        all_pictures_ = all;
        is_stopped_ = false;
        threads.run([&](int thread) {
            for (int i = 0; i < net_.calls(); ++i) {
                if (!stores(i)) continue;
                pack_weights(i, false, thread, threads);
                for_parts(thread, threads.count(), [&](int part) { forward(i, part); });
                threads.meet([&] {
                    finish_forward(i);
                    is_stopped_ = stop && stop->load(std::memory_order_relaxed);
                });
                if (is_stopped_) return;
            }
        });
        return !is_stopped_;
    }

    /// Backward, after gradients of the outputs were put by `put_output_gradient`; as `forward`. Gradients of
    /// parameters are then in the first part's memory.
    bool backward(workers& threads, const std::atomic<bool>* stop = nullptr) {
        threads.run([&](int thread) {
            for (int i = net_.calls() - 1; i >= 0; --i) {
                if (!stores(i) || !net_.needs_gradient[index(i)]) continue;
                threads.meet([&] {
                    start_backward(i);
                    is_stopped_ = stop && stop->load(std::memory_order_relaxed);
                });
                if (is_stopped_) return;
                if (wants_gradient(net_.call(i).in)) pack_weights(i, true, thread, threads);
                for_parts(thread, threads.count(), [&](int part) { backward(i, part); });
            }
            threads.meet([] {});
            for_slices(thread, threads.count(), places_.trained(), [&](long long begin, long long end) {
                float* const sums = memory_.gradients;
                for (int part = 1; part < parts; ++part) {
                    const float* const other = gradients_of(part);
                    for (long long k = begin; k < end; ++k) sums[k] += other[k];
                }
                if constexpr (scales)
                    for (long long k = begin; k < end; ++k) sums[k] /= scale_;
            });
        });
        if (is_stopped_) return false;
        if (others_) others_->sum(std::span(memory_.gradients, index(places_.trained())));
        return true;
    }

    /// Running statistics, towards those of the batch that went forward last.
    void move_statistics() {
        for (int i = 0; i < net_.calls(); ++i) {
            const call_tensors& t = calls_[index(i)];
            if (!t.has_norm || t.is_frozen) continue;
            const op& o = net_.call(i);
            const double count = all_pictures_ * o.out.size.pixels();
            const auto move = [&](long long at, double value) {
                float& running = memory_.statistics[at - places_.trained()];
                running =
                    static_cast<float>((1 - t.momentum) * static_cast<double>(running) + t.momentum * value);
            };
            for (int c = 0; c < o.out.count; ++c) {
                const channel_state& s = channels_[index(first_channel(i) + c)];
                move(t.mean + c, s.mean);
                move(t.variance + c, count > 1 ? s.variance * count / (count - 1) : s.variance);
            }
        }
    }

    /// Of the pictures from `begin` on, `count` of them: a map as readers see it, rows of channels.
    void read(feature_map map, int begin, int count, channel_rows<float> to) const {
        read_map(map, 1LL * begin * map.size.pixels(), count * map.size.pixels(), to);
    }

    /// Where a channel of an input lies: its pictures one after another.
    float* input(feature_map map, int c) { return channels_[index(stored_channel(map, c))].input; }

    /// The first call that made what is not finite in the last forward; none where all is.
    int first_not_finite() const {
        for (int i = 0; i < net_.calls(); ++i) {
            const op& o = net_.call(i);
            if (!stores(i) || o.kind == op_kind::input) continue;
            for (int c = 0; c < o.out.count; ++c) {
                const channel_state& s = channels_[index(first_channel(i) + c)];
                for (place p = 0; p < 1LL * pictures_ * o.out.size.pixels(); ++p)
                    if (!is_finite(simd::load_stored_value(s.made + p))) return i;
            }
        }
        return op::none;
    }

    /// Pictures of the step, of all processes.
    double pictures() const { return all_pictures_; }

    /// Clears what backward adds to. Before the outputs' gradients are put.
    void clear_gradients(workers& threads) {
        scale_ = 0;
        threads.run([&](int thread) {
            for_slices(thread, threads.count(), parts * places_.trained(),
                       [&](long long begin, long long end) {
                           std::fill(memory_.gradients + begin, memory_.gradients + end, 0.0F);
                       });
        });
        for (auto& sums : backward_sums_) std::fill(sums.begin(), sums.end(), pair_of_sums{});
        for (const feature_map& map : net_.outputs)
            for (int c = 0; c < map.count; ++c) clear_gradient(stored_channel(map, c), map.size);
    }

    /// Adds to the gradient of an output; `from` has a row for each channel of all pictures.
    void put_output_gradient(feature_map map, channel_rows<const float> from) {
        const int pixels = map.size.pixels();
        if (scale_ == 0) choose_scale(map, from);
        for (int part = 0; part < parts; ++part) {
            const int end = part_begin(part + 1) * pixels;
            constexpr int piece = 256;
            for (int begin = part_begin(part) * pixels; begin < end; begin += piece) {
                const int count = std::min(piece, end - begin);
                for (int c = 0; c < map.count; ++c) {
                    alignas(cache_line_bytes) float scaled[piece]{};
                    for (int p = 0; p < count; ++p) scaled[p] = from.row(c)[begin + p] * scale_;
                    contribute(stored_channel(map, c), begin, count, scaled, false, part);
                }
            }
        }
    }

    /// Whether gradients of parameters that are not finite may be so because halves end at 65504; from now on
    /// they are scaled by less, and found again if they are put again.
    bool lower_scale() {
        if (!scales || headroom_ >= 40) return false;
        headroom_ += 10;
        return true;
    }
    /// Before another batch.
    void reset_scale() { headroom_ = 0; }

    /// Calls `visit(begin, end)` with a thread's share of `count` values.
    template <class Visit>
    static void for_slices(int thread, int threads, long long count, Visit visit) {
        const auto bound = [&](int i) { return count * i / threads / 16 * 16; };
        const long long end = thread + 1 == threads ? count : bound(thread + 1);
        if (bound(thread) < end) visit(bound(thread), end);
    }

private:
    using vector = simd::batch<float>;
    using place = long long;  ///< among the pixels of all pictures, one after another

    /// Of a stored channel.
    struct channel_state {
        float* input = nullptr;  ///< where it is one; else the next two
        Stored* made = nullptr;
        Stored* gradient = nullptr;
        run_reading reads{};
        run_gradient gives{};
        bool needs_gradient = false;
        double sum = 0;
        double mean = 0;
        double variance = 0;
        double inverse = 1;  ///< of the standard deviation
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
        bool has_norm = false;
        bool is_frozen = false;  ///< the norm
        double epsilon = 0;
        double momentum = 0;
        std::vector<bool> writes_in;  ///< whether the call is the first to write a channel's gradient
        std::vector<bool> writes_other;
        window_runs runs{};  ///< of a depthwise convolution
    };

    static std::size_t index(long long i) { return static_cast<std::size_t>(i); }
    bool stores(int i) const { return net_.stores[index(i)]; }
    int stored_channel(feature_map map, int c) const {
        return net_.stored[index(net_.pool[index(map.first + c)])];
    }
    int first_channel(int maker) const {
        return net_.pool[index(maker == op::none ? net_.input.first : net_.call(maker).out.first)];
    }
    float* scratch(int part) const { return memory_.scratch + part * net_.scratch_size; }
    int part_begin(int part) const { return static_cast<int>(1LL * pictures_ * part / parts); }
    float* gradients_of(int part) const { return memory_.gradients + part * places_.trained(); }
    /// Null where it is no tensor, or one that is not trained.
    float* gradient_at(int part, long long at) const {
        return at < 0 || at >= places_.trained() ? nullptr : gradients_of(part) + at;
    }
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
        if (o.kind == op_kind::depthwise)
            found.runs = window_runs(o.window, o.in.size, o.out.size, detail::pictures_of_runs(o));
        const int norm = net_.applied[index(i)].norm;
        if (norm == op::none) return found;
        found.has_norm = true;
        found.is_frozen = net_.is_frozen(norm);
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

    /// Calls `visit(read)`, where `read(i)` is a vector of the channel's values as readers see them.
    template <class Visit>
    [[gnu::always_inline]] void with_channel(int channel, place begin, Visit visit) const {
        const channel_state& s = channels_[index(channel)];
        if (s.input)
            visit(detail::plain_run{s.input + begin});
        else
            with_reading(s.reads, s.made + begin, visit);
    }

    /// to[i] = the channel's values as readers see them, then zeros to the end of a tile.
    void read_channel(int channel, place begin, int count, float* to) const {
        with_channel(channel, begin, [&](auto read) { put_run(read, count, to); });
    }

    void read_map(feature_map map, place begin, int count, channel_rows<float> to) const {
        for (int c = 0; c < map.count; ++c) read_channel(stored_channel(map, c), begin, count, to.row(c));
    }

    /// So that the largest gradient of an output, of all processes', is from 16 to 32.
    void choose_scale(feature_map map, channel_rows<const float> from) {
        scale_ = 1;
        if constexpr (!scales) return;
        double largest = 0;
        for (int c = 0; c < map.count; ++c)
            for (int p = 0; p < pictures_ * map.size.pixels(); ++p)
                largest = std::max(largest, static_cast<double>(std::abs(from.row(c)[p])));
        if (others_) others_->sum(std::span(&largest, 1));
        if (largest > 0 && is_finite(largest))
            scale_ = std::ldexp(1.0F, std::clamp(4 - std::ilogb(largest), -60, 60) - headroom_);
    }

    /// Takes what a call has made, with its bias, and its sums.
    void store_channel(int channel, place begin, int count, const float* from, float bias, int part) {
        store_run(from, bias, count, channels_[index(channel)].made + begin,
                  forward_sums_[part][index(channel)]);
    }

    /// Adds to a channel's gradient what a reader of it gives back: through the clip, with the norm's sums.
    void contribute(int channel, place begin, int count, const float* from, bool is_first, int part) {
        const channel_state& s = channels_[index(channel)];
        if (!s.needs_gradient) return;
        contribute_run(s.reads, s.made + begin, from, count, is_first, s.gradient + begin,
                       backward_sums_[part][index(channel)]);
    }

    /// Calls `visit(read)`, where `read(i)` is a vector of the gradient of what the call's channel stored.
    template <class Visit>
    [[gnu::always_inline]] void with_gradient_of(int channel, place begin, Visit visit) const {
        const channel_state& s = channels_[index(channel)];
        with_gradient(s.gives, s.gradient + begin, s.made + begin, visit);
    }

    /// That gradient, then zeros to the end of a tile.
    void read_gradient(int channel, place begin, int count, float* to) const {
        with_gradient_of(channel, begin, [&](auto read) { put_run(read, count, to); });
    }

    void clear_gradient(int channel, extent size) {
        const channel_state& s = channels_[index(channel)];
        if (s.needs_gradient) std::fill_n(s.gradient, 1LL * pictures_ * size.pixels(), Stored{});
    }

    // Sums of the whole batch.

    /// A call's sums, those of other processes among them, to `totals_`; how many values they are of.
    double add_up(int i, std::vector<pair_of_sums> (&of_parts)[parts]) {
        const int count = net_.call(i).out.count;
        for (int c = 0; c < count; ++c) {
            pair_of_sums total;
            for (auto& part : of_parts) {
                pair_of_sums& sums = part[index(first_channel(i) + c)];
                total.first += sums.first;
                total.second += sums.second;
                sums = {};
            }
            totals_[2 * index(c)] = total.first;
            totals_[2 * index(c) + 1] = total.second;
        }
        if (others_) others_->sum(std::span(totals_.data(), 2 * index(count)));
        return all_pictures_ * net_.call(i).out.size.pixels();
    }

    void finish_forward(int i) {
        const call_tensors& t = calls_[index(i)];
        if (!t.has_norm && t.bias < 0) return;
        const op& o = net_.call(i);
        const double count = add_up(i, forward_sums_);
        for (int c = 0; c < o.out.count; ++c) {
            channel_state& s = channels_[index(first_channel(i) + c)];
            s.sum = totals_[2 * index(c)];
            if (!t.has_norm) continue;
            s.mean = s.sum / count;
            s.variance = std::max(0.0, totals_[2 * index(c) + 1] / count - s.mean * s.mean);
            if (t.is_frozen) {
                s.mean = static_cast<double>(memory_.parameters[t.mean + c]);
                s.variance = static_cast<double>(memory_.parameters[t.variance + c]);
            }
            s.inverse = 1 / std::sqrt(s.variance + t.epsilon);
            const double weight =
                t.norm_weight < 0 ? 1 : static_cast<double>(memory_.parameters[t.norm_weight + c]);
            const double bias =
                t.norm_bias < 0 ? 0 : static_cast<double>(memory_.parameters[t.norm_bias + c]);
            s.reads.scale = static_cast<float>(weight * s.inverse);
            s.reads.offset = static_cast<float>(bias - s.mean * weight * s.inverse);
        }
    }

    /// The norm's backward as three numbers a channel, and the gradients of what is one value a channel.
    void start_backward(int i) {
        const op& o = net_.call(i);
        const call_tensors& t = calls_[index(i)];
        for (int c = 0; c < o.out.count; ++c)
            if (const int channel = first_channel(i) + c; !is_reached_[index(channel)])
                clear_gradient(channel, o.out.size);
        if (!t.has_norm && t.bias < 0) return;
        const double count = add_up(i, backward_sums_);
        // Gradients are added up over processes later, so that one of them has what is of all.
        const bool is_mine = !others_ || others_->rank() == 0;
        const auto add = [&](long long at, int c, double value) {
            if (float* const gradient = gradient_at(0, at); gradient && is_mine)
                gradient[c] += static_cast<float>(value);
        };
        for (int c = 0; c < o.out.count; ++c) {
            channel_state& s = channels_[index(first_channel(i) + c)];
            const double sum = totals_[2 * index(c)];
            s.gives = {};
            double bias = sum;
            if (t.has_norm) {
                const double weight =
                    t.norm_weight < 0 ? 1 : static_cast<double>(memory_.parameters[t.norm_weight + c]);
                const double of_weight = s.inverse * (totals_[2 * index(c) + 1] - s.mean * sum);
                add(t.norm_weight, c, of_weight);
                add(t.norm_bias, c, sum);
                const double a = weight * s.inverse;
                const double b = t.is_frozen ? 0 : -a * s.inverse * of_weight / count;
                const double k = t.is_frozen ? 0 : -a * sum / count - b * s.mean;
                s.gives = {static_cast<float>(a), static_cast<float>(b), static_cast<float>(k)};
                bias = a * sum + b * s.sum + k * count;
            }
            add(t.bias, c, bias);
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
        channel_rows<float> take(int rows, int width) {
            const channel_rows<float> taken{next_, detail::row_pitch(width)};
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

    /// The inputs of a group as rows of a product, of the pixels from `begin` on: of whole pictures unless
    /// a row is a channel's run as it is.
    void read_rows(const op& o, int group, const detail::product_shape& s, place begin, int count,
                   channel_rows<float> to, float* plane) const {
        const int in = o.group_inputs();
        const int first = group * in;
        if (detail::reads_runs(o)) {
            for (int c = 0; c < in; ++c)
                read_channel(stored_channel(o.in, first + c), begin, count, to.row(c));
            return;
        }
        const int in_pixels = o.in.size.pixels();
        const place from = begin / s.pixels * in_pixels;
        const int pictures = count / s.pixels;
        const int taps = o.kind == op_kind::linear ? in_pixels : o.window.taps();
        for (int c = 0; c < in; ++c) {
            for (int b = 0; b < pictures; ++b) {
                read_channel(stored_channel(o.in, first + c), from + 1LL * b * in_pixels, in_pixels, plane);
                if (o.kind == op_kind::linear) {
                    for (int t = 0; t < taps; ++t) to.row(c * taps + t)[b] = plane[t];
                } else {
                    channel_rows<float> rows = to.from(c * taps);
                    rows.values += b * s.pixels;
                    unfold(o.window, plane, o.in.size, o.out.size, rows);
                }
            }
            for (int t = 0; t < taps; ++t)
                std::fill(to.row(c * taps + t) + count, to.row(c * taps + t) + padded_pixels(count), 0.0F);
        }
    }

    /// What a product's rows give back to the inputs of a group.
    void give_rows(int i, int group, const detail::product_shape& s, place begin, int count,
                   channel_rows<const float> from, float* plane, int part) {
        const op& o = net_.call(i);
        const int in = o.group_inputs();
        const int first = group * in;
        const std::vector<bool>& writes = calls_[index(i)].writes_in;
        if (detail::reads_runs(o)) {
            for (int c = 0; c < in; ++c)
                contribute(stored_channel(o.in, first + c), begin, count, from.row(c),
                           writes[index(first + c)], part);
            return;
        }
        const int in_pixels = o.in.size.pixels();
        const int taps = o.kind == op_kind::linear ? in_pixels : o.window.taps();
        for (int c = 0; c < in; ++c) {
            for (int b = 0; b < count / s.pixels; ++b) {
                if (o.kind == op_kind::linear) {
                    for (int t = 0; t < taps; ++t) plane[t] = from.row(c * taps + t)[b];
                } else {
                    std::fill_n(plane, in_pixels, 0.0F);
                    channel_rows<const float> rows = from.from(c * taps);
                    rows.values += b * s.pixels;
                    fold(o.window, rows, o.out.size, plane, o.in.size);
                }
                contribute(stored_channel(o.in, first + c), (begin / s.pixels + b) * in_pixels, in_pixels,
                           plane, writes[index(first + c)], part);
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
    /// Packs the weights of a product for all threads, each a share of them.
    void pack_weights(int i, bool transposed, int thread, workers& threads) {
        const op& o = net_.call(i);
        if (!detail::is_product(o)) return;
        const detail::product_shape s = detail::product_of(o, net_.batch);
        matrix_steps steps = steps_of(o, s);
        int rows = s.outputs;
        int columns = s.inner;
        if (transposed) {
            std::swap(rows, columns);
            std::swap(steps.row, steps.column);
        }
        const int tiles = (rows + detail::product_rows - 1) / detail::product_rows;
        const long long all = 1LL * o.groups * tiles;
        for (long long at = all * thread / threads.count(); at < all * (thread + 1) / threads.count(); ++at) {
            const int row = static_cast<int>(at % tiles) * detail::product_rows;
            detail::pack_matrix(matrix_of(i, static_cast<int>(at / tiles), s) + row * steps.row, steps,
                                std::min(detail::product_rows, rows - row), columns,
                                memory_.packed + at * detail::packed_matrix_size(1, columns));
        }
        threads.meet([] {});
    }

    /// Calls `visit(begin, count)` for the pieces of a part's pixels.
    template <class Visit>
    static void for_pieces(const detail::product_shape& s, int piece, int begin, int end, Visit visit) {
        for (place at = 1LL * begin * s.pixels; at < 1LL * end * s.pixels; at += piece)
            visit(at, static_cast<int>(std::min<place>(piece, 1LL * end * s.pixels - at)));
    }

    /// What the next piece reads and writes in memory, to be asked for while this one is computed.
    asked_runs& ask_for_next(int i, int group, const detail::product_shape& s, place at, int end, int piece,
                             bool backward, int part) {
        asked_runs& next = asked_[index(part)];
        next.clear();
        const place left = 1LL * end * s.pixels - at;
        if (left <= 0 || !s.cuts_anywhere) return next;
        const auto bytes = static_cast<std::ptrdiff_t>(sizeof(Stored)) * std::min<place>(left, piece);
        const op& o = net_.call(i);
        for (int c = 0; c < o.group_inputs(); ++c) {
            const channel_state& s_in = channels_[index(stored_channel(o.in, group * o.group_inputs() + c))];
            if (s_in.made) next.add(s_in.made + at, bytes);
            if (backward && s_in.needs_gradient) next.add(s_in.gradient + at, bytes);
        }
        for (int c = 0; c < o.group_outputs(); ++c) {
            const channel_state& s_out = channels_[index(first_channel(i) + group * o.group_outputs() + c)];
            next.add(s_out.made + at, bytes);
            if (backward) next.add(s_out.gradient + at, bytes);
        }
        return next;
    }

    void forward_product(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const detail::product_shape s = detail::product_of(o, net_.batch);
        rows_of_scratch rows(scratch(part));
        const channel_rows<float> in = rows.take(s.inner, s.forward_piece);
        const channel_rows<float> out = rows.take(s.outputs, s.forward_piece);
        float* const plane =
            rows.take(detail::row_pitch(o.in.size.pixels()) + detail::row_pitch(o.out.size.pixels()));
        const int out_pixels = o.out.size.pixels();
        for (int group = 0; group < o.groups; ++group) {
            const float* const matrix =
                memory_.packed + group * detail::packed_matrix_size(s.outputs, s.inner);
            for_pieces(s, s.forward_piece, begin, end, [&](place at, int count) {
                read_rows(o, group, s, at, count, in, plane);
                asked_runs& next = ask_for_next(i, group, s, at + count, end, s.forward_piece, false, part);
                multiply(matrix, s.outputs, s.inner, count, in, out, next);
                for (int c = 0; c < o.group_outputs(); ++c) {
                    const int to = group * o.group_outputs() + c;
                    if (o.kind != op_kind::conv_transpose) {
                        store_channel(first_channel(i) + to, at, count, out.row(c), bias_of(i, to), part);
                        continue;
                    }
                    for (int b = 0; b < count / s.pixels; ++b) {
                        std::fill_n(plane, out_pixels, 0.0F);
                        channel_rows<const float> taps = out.from(c * o.window.taps());
                        taps.values += b * s.pixels;
                        fold(o.window, taps, o.in.size, plane, o.out.size);
                        store_channel(first_channel(i) + to, (at / s.pixels + b) * out_pixels, out_pixels,
                                      plane, bias_of(i, to), part);
                    }
                }
            });
        }
    }

    /// The gradients of a group's outputs as rows of a product.
    void read_gradient_rows(int i, int group, const detail::product_shape& s, place begin, int count,
                            channel_rows<float> to, float* plane) const {
        const op& o = net_.call(i);
        const int out_pixels = o.out.size.pixels();
        for (int c = 0; c < o.group_outputs(); ++c) {
            const int channel = first_channel(i) + group * o.group_outputs() + c;
            if (o.kind != op_kind::conv_transpose) {
                read_gradient(channel, begin, count, to.row(c));
                continue;
            }
            const int taps = o.window.taps();
            for (int b = 0; b < count / s.pixels; ++b) {
                read_gradient(channel, (begin / s.pixels + b) * out_pixels, out_pixels, plane);
                channel_rows<float> rows = to.from(c * taps);
                rows.values += b * s.pixels;
                unfold(o.window, plane, o.out.size, o.in.size, rows);
            }
            for (int t = 0; t < taps; ++t)
                std::fill(to.row(c * taps + t) + count, to.row(c * taps + t) + padded_pixels(count), 0.0F);
        }
    }

    void backward_product(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const detail::product_shape s = detail::product_of(o, net_.batch);
        const bool gives = wants_gradient(o.in);
        rows_of_scratch rows(scratch(part));
        const channel_rows<float> in = rows.take(s.inner, s.backward_piece);
        const channel_rows<float> given = rows.take(s.inner, s.backward_piece);
        const channel_rows<float> out = rows.take(s.outputs, s.backward_piece);
        float* const plane =
            rows.take(detail::row_pitch(o.in.size.pixels()) + detail::row_pitch(o.out.size.pixels()));
        const matrix_steps steps = steps_of(o, s);
        float* const of_weights = gradient_at(part, calls_[index(i)].weight);
        for (int group = 0; group < o.groups; ++group) {
            const long long of_group = 1LL * group * s.outputs * s.inner;
            const float* const matrix =
                memory_.packed + group * detail::packed_matrix_size(s.inner, s.outputs);
            for_pieces(s, s.backward_piece, begin, end, [&](place at, int count) {
                read_gradient_rows(i, group, s, at, count, out, plane);
                asked_runs& next = ask_for_next(i, group, s, at + count, end, s.backward_piece, gives, part);
                if (of_weights) {
                    read_rows(o, group, s, at, count, in, plane);
                    add_products(count, out, s.outputs, in, s.inner, of_weights + of_group, steps, next);
                }
                if (!gives) return;
                multiply(matrix, s.inner, s.outputs, count, out, given, next);
                give_rows(i, group, s, at, count, given, plane, part);
            });
        }
    }

    /// Scratch of a depthwise convolution.
    struct depthwise_scratch {
        int pictures;  ///< at a time
        float* plane;
        float* sums;
        float* spread;
        float* given;

        depthwise_scratch(const op& o, const window_runs& runs, rows_of_scratch rows)
            : pictures(detail::pictures_of_runs(o)),
              plane(
                  rows.take(detail::row_pitch(pictures * std::max(o.in.size.pixels(), o.out.size.pixels())) +
                            4 * native_lanes)),
              sums(rows.take(runs.reserved_for_sums())),
              spread(rows.take(runs.reserved_for_phases())),
              given(rows.take(runs.reserved_for_phases())) {
            std::fill_n(sums, runs.reserved_for_sums(), 0.0F);
            std::fill_n(spread, runs.reserved_for_phases(), 0.0F);
        }
    };

    void forward_depthwise(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const window_runs& runs = calls_[index(i)].runs;
        const depthwise_scratch s(o, runs, rows_of_scratch(scratch(part)));
        const int in_pixels = o.in.size.pixels();
        const int out_pixels = o.out.size.pixels();
        for (int c = 0; c < o.out.count; ++c) {
            const float* const weights = parameters(calls_[index(i)].weight) + c * runs.taps();
            for (int b = begin; b < end; b += s.pictures) {
                const int count = std::min(s.pictures, end - b);
                with_channel(stored_channel(o.in, c), 1LL * b * in_pixels,
                             [&](auto read) { runs.spread(read, count, s.spread); });
                runs.sum(weights, s.spread, count, s.sums);
                runs.narrow(s.sums, count, s.plane);
                store_channel(first_channel(i) + c, 1LL * b * out_pixels, count * out_pixels, s.plane,
                              bias_of(i, c), part);
            }
        }
    }

    void backward_depthwise(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const window_runs& runs = calls_[index(i)].runs;
        const depthwise_scratch s(o, runs, rows_of_scratch(scratch(part)));
        const int in_pixels = o.in.size.pixels();
        const int out_pixels = o.out.size.pixels();
        const bool gives = wants_gradient(o.in);
        const std::vector<bool>& writes = calls_[index(i)].writes_in;
        float* const of_weights = gradient_at(part, calls_[index(i)].weight);
        for (int c = 0; c < o.out.count; ++c) {
            const float* const weights = parameters(calls_[index(i)].weight) + c * runs.taps();
            for (int b = begin; b < end; b += s.pictures) {
                const int count = std::min(s.pictures, end - b);
                with_gradient_of(first_channel(i) + c, 1LL * b * out_pixels,
                                 [&](auto read) { runs.widen(read, count, s.sums); });
                if (of_weights) {
                    with_channel(stored_channel(o.in, c), 1LL * b * in_pixels,
                                 [&](auto read) { runs.spread(read, count, s.spread); });
                    runs.add_products(s.sums, s.spread, count, of_weights + c * runs.taps());
                }
                if (!gives) continue;
                runs.give(weights, s.sums, count, s.given);
                runs.collect(s.given, count, s.plane);
                contribute(stored_channel(o.in, c), 1LL * b * in_pixels, count * in_pixels, s.plane,
                           writes[index(c)], part);
            }
        }
    }

    /// What dropout drops of a picture.
    dropout_mask mask_of(int i, int picture) const {
        return {random_numbers(drawn_ ^ static_cast<std::uint64_t>(i) << 40U ^
                               static_cast<std::uint64_t>(picture)),
                net_.drops ? static_cast<double>(net_.call(i).probability) : 0.0,
                net_.call(i).drops_whole_pictures};
    }

    void forward_planes(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const int most = detail::pictures_of_planes(o, net_.batch);
        rows_of_scratch rows(scratch(part));
        const channel_rows<float> in = rows.take(o.in.count, most * o.in.size.pixels());
        const channel_rows<float> other = rows.take(o.other.count, most * o.other.size.pixels());
        const channel_rows<float> made = rows.take(o.out.count, most * o.out.size.pixels());
        for (int b = begin; b < end; b += most) {
            const int count = std::min(most, end - b);
            read(o.in, b, count, in);
            read(o.other, b, count, other);
            if (o.kind == op_kind::dropout)
                mask_of(i, b).drop(o.out.count, o.out.size.pixels(), in, made);
            else
                make_planes(o, count, {in, other, parameters(calls_[index(i)].own)}, made);
            const int out_pixels = o.out.size.pixels();
            for (int c = 0; c < o.out.count; ++c)
                store_channel(first_channel(i) + c, 1LL * b * out_pixels, count * out_pixels, made.row(c), 0,
                              part);
        }
    }

    void backward_planes(int i, int part, int begin, int end) {
        const op& o = net_.call(i);
        const int most = detail::pictures_of_planes(o, net_.batch);
        const int out_pixels = o.out.size.pixels();
        rows_of_scratch rows(scratch(part));
        const channel_rows<float> in = rows.take(o.in.count, most * o.in.size.pixels());
        const channel_rows<float> other = rows.take(o.other.count, most * o.other.size.pixels());
        const channel_rows<float> given = rows.take(o.in.count, most * o.in.size.pixels());
        const channel_rows<float> given_other = rows.take(o.other.count, most * o.other.size.pixels());
        const channel_rows<float> out = rows.take(o.out.count, most * out_pixels);
        const call_tensors& t = calls_[index(i)];
        // What is not trained has a place that nobody reads.
        float* own = gradient_at(part, t.own);
        if (!own && t.own >= 0) own = rows.take(o.out.count + 16LL);
        const auto give = [&](feature_map map, channel_rows<float> values, const std::vector<bool>& writes,
                              int b, int count) {
            for (int c = 0; c < map.count; ++c)
                contribute(stored_channel(map, c), 1LL * b * map.size.pixels(), count * map.size.pixels(),
                           values.row(c), writes[index(c)], part);
        };
        for (int b = begin; b < end; b += most) {
            const int count = std::min(most, end - b);
            read(o.in, b, count, in);
            read(o.other, b, count, other);
            for (int c = 0; c < o.out.count; ++c)
                read_gradient(first_channel(i) + c, 1LL * b * out_pixels, count * out_pixels, out.row(c));
            if (o.kind == op_kind::dropout) {
                mask_of(i, b).drop(o.out.count, out_pixels, out, given);
            } else {
                std::fill_n(given.values, o.in.count * given.pitch, 0.0F);
                std::fill_n(given_other.values, o.other.count * given_other.pitch, 0.0F);
                add_plane_gradients(o, count, {in, other, parameters(t.own)}, out, {given, given_other, own});
            }
            give(o.in, given, t.writes_in, b, count);
            give(o.other, given_other, t.writes_other, b, count);
        }
    }

    training_network net_;
    parameter_places places_;
    std::vector<channel_state> channels_;
    std::vector<call_tensors> calls_;
    std::vector<bool> is_reached_;  ///< whether any gradient arrives at a channel
    std::vector<pair_of_sums> forward_sums_[parts];
    std::vector<pair_of_sums> backward_sums_[parts];
    std::vector<double> totals_;     ///< of a call
    std::vector<asked_runs> asked_;  ///< of each part
    memory memory_{};
    collective* others_ = nullptr;
    std::uint64_t drawn_ = 0;
    int pictures_ = 0;
    float scale_ = 1;   ///< of the gradients that are stored, a power of two; 0 before outputs' are put
    int headroom_ = 0;  ///< powers of two by which it is less than usual
    double all_pictures_ = 0;
    bool is_stopped_ = false;
};

}  // namespace plait::inline PLAIT_TARGET
