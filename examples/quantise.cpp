// SPDX-License-Identifier: BSD-3-Clause
// Makes a network's file in int8: quantise --network N --weights W --calibrate DIR --output W8

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "classes.hpp"
#include "labelled_pictures.hpp"
#include "plait/core/random.hpp"
#include "plait/io/file.hpp"
#include "precisions.hpp"
#include "program.hpp"
#include "svg.hpp"
#include "text_file.hpp"

namespace {

using namespace examples;

struct options {
    std::string network;
    std::string weights;
    std::string calibrate;
    std::string test;
    std::string output;
    std::string drawing;
    int pictures = 512;
    unsigned seed = 1;
};

void describe(CLI::App& app, options& chosen) {
    app.add_option("--network", chosen.network, "one of those that are compiled in int8")
        ->required()
        ->type_name("NAME");
    app.add_option("--weights", chosen.weights, "a state_dict in safetensors")->required()->type_name("FILE");
    app.add_option("--calibrate", chosen.calibrate,
                   "CIFAR in its binary layout, or a folder with a sub-folder of pictures for each class")
        ->required()
        ->type_name("DIR");
    app.add_option("--output", chosen.output, "the file that is written")->required()->type_name("FILE");
    app.add_option("--test", chosen.test, "such a folder, to count right answers before and after")
        ->type_name("DIR");
    app.add_option("--drawing", chosen.drawing, "an SVG of what each layer loses")->type_name("FILE");
    app.add_option("--pictures", chosen.pictures, "how many to calibrate with (512)")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000).description(""));
    app.add_option("--seed", chosen.seed, "which they are (1)")->type_name("N");
}

/// So many different pictures of all, in random order.
std::vector<int> choose(int count, int of, unsigned seed) {
    plait::random_numbers random(seed);
    std::vector<int> all(static_cast<std::size_t>(of));
    for (int i = 0; i < of; ++i) all[static_cast<std::size_t>(i)] = i;
    for (int i = of - 1; i > 0; --i)
        std::swap(all[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(random.below(i + 1))]);
    all.resize(static_cast<std::size_t>(std::min(count, of)));
    return all;
}

/// Whether neighbouring pixels of pictures are no more alike than distant ones.
bool looks_like_noise(const plait::cifar_dataset& pictures, const std::vector<int>& chosen) {
    double near = 0, far = 0;
    for (const int i : chosen) {
        const auto picture = pictures.picture_tensor(i);
        const float* red = picture.channel(0);
        constexpr int size = 32 * 32;
        for (int p = 0; p + 1 < size; ++p) {
            near += std::abs(static_cast<double>(red[p] - red[p + 1]));
            far += std::abs(static_cast<double>(red[p] - red[(p + 17 * 32 + 11) % size]));
        }
    }
    return near > 0.8 * far;
}

std::string decibels(double value) {
    return std::isfinite(value) ? plait::decimal(value, {.places = 1}) : "exact";
}

void print(std::vector<layer_loss> losses) {
    std::printf("%-60s %18s %10s\n", "call", "signal to noise dB", "saturated");
    for (const layer_loss& loss : losses)
        std::printf("%-60s %18s %8s %%\n", loss.name.c_str(), decibels(loss.signal_to_noise).c_str(),
                    plait::decimal(100 * loss.saturated, {.places = 3}).c_str());
    std::ranges::sort(losses, {}, &layer_loss::signal_to_noise);
    std::printf("most is lost by:\n");
    for (std::size_t i = 0; i < std::min<std::size_t>(3, losses.size()); ++i)
        std::printf("  %s, %s dB\n", losses[i].name.c_str(), decibels(losses[i].signal_to_noise).c_str());
}

/// A bar for each call.
std::string draw(const std::vector<layer_loss>& losses) {
    using svg::number;
    constexpr double left = 330, width = 500, row = 16, top = 50;
    double most = 1;
    for (const layer_loss& loss : losses)
        if (std::isfinite(loss.signal_to_noise)) most = std::max(most, loss.signal_to_noise);
    const double height = top + row * static_cast<double>(losses.size()) + 20;
    std::string picture = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 )" + number(height) +
                          R"(" font-family="sans-serif" font-size="11">
<rect width="900" height=")" +
                          number(height) + R"(" fill="#ffffff"/>
<text x="20" y="28" font-size="15" font-weight="600">What each call loses in int8: signal to noise in dB</text>
)";
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const layer_loss& loss = losses[i];
        const double y = top + row * static_cast<double>(i);
        const double value = std::isfinite(loss.signal_to_noise) ? std::max(0.0, loss.signal_to_noise) : most;
        picture += "<text x=\"" + number(left - 8) + "\" y=\"" + number(y + 11) + "\" text-anchor=\"end\">" +
                   svg::escaped(loss.name) + "</text><rect x=\"" + number(left) + "\" y=\"" + number(y + 2) +
                   "\" width=\"" + number(width * value / most) + "\" height=\"" + number(row - 4) +
                   "\" fill=\"#2e6fdb\"/><text x=\"" + number(left + width * value / most + 6) + "\" y=\"" +
                   number(y + 11) + "\">" + decibels(loss.signal_to_noise) + "</text>\n";
    }
    return picture + "</svg>\n";
}

struct counts {
    int before = 0;
    int after = 0;
    int same = 0;
};

counts count_right(quantised_network& made, const plait::cifar_dataset& test) {
    counts all;
    constexpr plait::shape size = plait::cifar_dataset::picture_shape;
    const auto best = [&](any_network& network, int i) {
        test.put(i, plait::map_writer<size>(network.input().first<size.elements()>()));
        return top_classes(network.run(), 1)[0];
    };
    for (int i = 0; i < test.size(); ++i) {
        const int before = best(*made.in_floats, i), after = best(*made.in_bytes, i);
        all.before += before == test.labels[static_cast<std::size_t>(i)];
        all.after += after == test.labels[static_cast<std::size_t>(i)];
        all.same += before == after;
    }
    return all;
}

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app("Makes a network's file in int8 of its weights and of pictures to calibrate with.",
                 "quantise");
    describe(app, chosen);
    if (const auto done = parse(app, argc, argv)) return *done;

    const int classes = chosen.network.ends_with("cifar100") ? 100 : 10;
    const auto data = read_labelled_pictures(chosen.calibrate, classes, true);
    if (!data) return refuse(data.error());
    const std::vector<int> pictures = choose(chosen.pictures, data->set.size(), chosen.seed);
    if (looks_like_noise(data->set, pictures))
        std::fprintf(stderr, "%s: its pictures look like noise, whose ranges are others than photographs'\n",
                     chosen.calibrate.c_str());
    auto made = quantise_network(chosen.network, chosen.weights, data->set, pictures);
    if (!made) return refuse(made.error());
    if (const auto done = plait::write_file(made->file, chosen.output); !done) return refuse(done.error());

    print(made->losses);
    if (!chosen.drawing.empty()) {
        const std::string drawing = draw(made->losses);
        const auto bytes = std::as_bytes(std::span(drawing));
        if (const auto done = plait::write_file(bytes, chosen.drawing); !done) return refuse(done.error());
    }
    if (!chosen.test.empty()) {
        const auto test = read_labelled_pictures(chosen.test, classes, false);
        if (!test) return refuse(test.error());
        const counts right = count_right(*made, test->set);
        std::printf("top-1 before %d, after %d of %d; the same class for %d\n", right.before, right.after,
                    test->set.size(), right.same);
    }
    std::printf("%s: %zu bytes, calibrated with %zu pictures\n", chosen.output.c_str(), made->file.size(),
                pictures.size());
    return 0;
}
