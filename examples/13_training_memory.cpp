// SPDX-License-Identifier: BSD-3-Clause
// 13. What a training takes, before it begins: 13_training_memory [DRAWING]
//
// Where every map and every gradient of a batch lies is known to the compiler. Here it is written as a table
// and drawn: to the right the calls of one step, forward and then backward, downward the memory.

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "plait/core/decimal.hpp"
#include "plait/io/file.hpp"
#include "plait/plait.hpp"
#include "plait/train/trainer.hpp"
#include "svg.hpp"

namespace {

namespace svg = examples::svg;
using net = plait::augshufflenet_x0_5<10>;
using plait::training;

constexpr int calls = std::remove_cvref_t<decltype(net::written)>::sizes.ops;

constexpr const char* made_colour = "#8fa8e6";
constexpr const char* gradient_colour = "#f0a35e";

/// The last call that reads something of each call's map, through its norm and ReLU.
template <class Trainer>
std::vector<int> last_readers() {
    const auto& written = net::written;
    std::vector<int> last(calls, calls);
    for (int i = 0; i < calls; ++i) {
        for (const plait::feature_map& map : {written.ops[i].in, written.ops[i].other}) {
            for (int c = 0; c < map.count; ++c) {
                const int maker = Trainer::stored.maker[Trainer::stored.stored[written.pool[map.first + c]]];
                if (maker >= 0) last[static_cast<std::size_t>(maker)] = i;
            }
        }
    }
    return last;
}

template <class Trainer>
std::string draw(const char* title) {
    constexpr double left = 40;
    constexpr double width = 840;
    constexpr double top = 62;
    constexpr double height = 300;
    constexpr double middle = left + width / 2;
    const double a_call = width / (2 * calls);
    const double a_value = height / static_cast<double>(Trainer::plan.size);
    svg::picture picture;
    picture.text(left, 26, 17, "start", "ink strong", title);
    picture.text(middle - 8, 50, 13, "end", "quiet", "forward");
    picture.text(middle + 8, 50, 13, "start", "quiet", "backward");
    const auto put = [&](double from, double to, long long place, long long size, const char* colour) {
        picture.rectangle(left + from * a_call, top + a_value * static_cast<double>(place),
                          (to - from) * a_call, a_value * static_cast<double>(size), 1,
                          std::string("stroke=\"#fff\" stroke-width=\".6\" fill=\"") + colour + "\"");
    };
    const std::vector<int> last = last_readers<Trainer>();
    for (int i = 0; i < calls; ++i) {
        if (!Trainer::stored.stores[i]) continue;
        const plait::feature_map map = net::written.ops[i].out;
        const long long size = map.count * plait::run_pitch(map.size, Trainer::batch);
        const int reader = std::min(last[static_cast<std::size_t>(i)] + 1, calls);
        const bool is_trained = Trainer::plan.needs_gradient[i];
        put(i, is_trained ? 2 * calls - i : reader, Trainer::plan.made[i], size, made_colour);
        if (is_trained)
            put(2 * calls - reader, 2 * calls - i, Trainer::plan.gradient[i], size, gradient_colour);
    }
    picture.line(middle, 38, middle, top + height + 6, "class=\"hair\" stroke-dasharray=\"4 3\"");
    const double below = top + height + 26;
    picture.rectangle(left, below - 10, 12, 12, 2, std::string("fill=\"") + made_colour + "\"");
    picture.text(left + 18, below, 13, "start", "ink", "what layers have made");
    picture.rectangle(left + 180, below - 10, 12, 12, 2, std::string("fill=\"") + gradient_colour + "\"");
    picture.text(left + 198, below, 13, "start", "ink", "what arrives backward");
    const std::string all = plait::decimal(static_cast<double>(Trainer::memory_bytes) / 1e6, {.places = 1});
    picture.text(left + width, below, 13, "end", "ink", all + " MB in all");
    return picture.to_string(left + width + 40, below + 20, title);
}

template <class Trainer>
void print(const char* name) {
    std::printf("%-24s %12lld bytes\n", name, Trainer::memory_bytes);
}

}  // namespace

int main(int argc, char** argv) {
    using all = plait::trainer<net, training{.batch = 128}>;
    using half = plait::trainer<net, training{.batch = 128, .storage = plait::storage::f16}>;
    using head = plait::trainer<net, training{.batch = 128, .trains_from = "linear"}>;
    print<all>("all of it");
    print<half>("with 16 bits between");
    print<head>("the last layer alone");
    if (argc < 2) return 0;
    const std::string drawing = draw<all>("AugShuffleNet 0.5x, 128 pictures a step");
    const auto written = plait::write_file(std::as_bytes(std::span(drawing)), argv[1]);
    if (!written) return std::fprintf(stderr, "%s\n", written.error().c_str()), 2;
    return 0;
}
