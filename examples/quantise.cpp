// SPDX-License-Identifier: BSD-3-Clause
// Makes a network's file in int8: quantise --network N --weights W --calibrate DIR --output W8

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "classes.hpp"
#include "picture_set.hpp"
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
                   "pictures, in sub-folders or not, or CIFAR in its binary layout")
        ->required()
        ->type_name("DIR");
    app.add_option("--output", chosen.output, "the file that is written")->required()->type_name("FILE");
    app.add_option(
           "--test", chosen.test,
           "CIFAR, or a sub-folder of pictures for each class, to count right answers before and after")
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

/// How alike neighbouring pixels of pictures are, and distant ones.
class likeness {
public:
    explicit likeness(plait::extent size) : size_(size) {}

    void add(std::span<const float> first_channel) {
        const auto pixels = static_cast<std::size_t>(size_.pixels());
        const auto distant = static_cast<std::size_t>((size_.height / 2 + 1) * size_.width + size_.width / 3);
        for (std::size_t p = 0; p + 1 < pixels; ++p) {
            const auto difference = [&](std::size_t other) {
                return std::abs(static_cast<double>(first_channel[p] - first_channel[other]));
            };
            near_ += difference(p + 1);
            far_ += difference((p + distant) % pixels);
        }
    }
    /// Of photographs, neighbours are more alike.
    bool is_of_noise() const { return near_ > 0.8 * far_; }

private:
    plait::extent size_;
    double near_ = 0;
    double far_ = 0;
};

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

plait::result<counts> count_right(quantised_network& made, const picture_set& test) {
    counts all;
    std::vector<float> picture(made.in_floats->input().size());
    const auto best = [&](any_network& network) { return top_classes(network.forward(picture), 1)[0]; };
    for (int i = 0; i < test.size(); ++i) {
        if (const auto done = test.put(i, picture); !done) return plait::failure{done.error()};
        const int before = best(*made.in_floats), after = best(*made.in_bytes);
        all.before += before == test.label(i);
        all.after += after == test.label(i);
        all.same += before == after;
    }
    return all;
}

/// What --test names, of a classifier.
plait::result<picture_set> read_test(const options& chosen, const network_entry& network) {
    const auto classes = network.classes();
    if (!classes) return plait::failure{"--test: " + classes.error()};
    auto test = picture_set::read(chosen.test, network, false);
    if (test && !test->has_labels())
        return plait::failure{chosen.test +
                              ": has no sub-folders where one of pictures for each class was expected"};
    return test;
}

plait::result<void> quantise(const options& chosen) {
    using plait::failure;
    const auto entry = network_in_precisions(chosen.network);
    if (!entry) return failure{entry.error()};
    const network_entry& network = **network_named(chosen.network);
    const auto test = chosen.test.empty() ? std::nullopt : std::optional(read_test(chosen, network));
    if (test && !*test) return failure{test->error()};
    const auto pictures = picture_set::read(chosen.calibrate, network, true);
    if (!pictures) return failure{pictures.error()};
    const std::vector<int> drawn = choose(chosen.pictures, pictures->size(), chosen.seed);
    likeness alike(network.input.plane());
    const calibration_pictures shown{
        static_cast<int>(drawn.size()), [&](int i, std::span<float> input) -> plait::result<void> {
            const auto done = pictures->put(drawn[static_cast<std::size_t>(i)], input);
            if (done) alike.add(input);
            return done;
        }};
    auto made = (*entry)->quantise(**entry, chosen.weights, shown);
    if (!made) return failure{made.error()};
    if (alike.is_of_noise())
        std::fprintf(stderr, "%s: its pictures look like noise, whose ranges are others than photographs'\n",
                     chosen.calibrate.c_str());
    if (const auto done = plait::write_file(made->file, chosen.output); !done) return done;

    print(made->losses);
    if (!chosen.drawing.empty()) {
        if (const auto done = write_text(chosen.drawing, draw(made->losses)); !done) return done;
    }
    if (test) {
        const auto right = count_right(*made, **test);
        if (!right) return failure{right.error()};
        std::printf("top-1 before %d, after %d of %d; the same class for %d\n", right->before, right->after,
                    (*test)->size(), right->same);
    }
    std::printf("%s: %zu bytes, calibrated with %zu pictures\n", chosen.output.c_str(), made->file.size(),
                drawn.size());
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app("Makes a network's file in int8 of its weights and of pictures to calibrate with.",
                 "quantise");
    describe(app, chosen);
    if (const auto done = parse(app, argc, argv)) return *done;
    if (const auto done = quantise(chosen); !done) return refuse(done.error());
    return 0;
}
