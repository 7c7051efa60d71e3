// SPDX-License-Identifier: BSD-3-Clause
// Says what is in pictures: classify [OPTIONS] PICTURE...

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "any_network.hpp"
#include "classes.hpp"
#include "labels.hpp"
#include "picture_files.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/network/summary.hpp"
#include "precision_option.hpp"
#include "precisions.hpp"
#include "prepare.hpp"
#include "program.hpp"

namespace {

namespace fs = std::filesystem;
using namespace examples;

struct options {
    std::vector<std::string> pictures;
    std::string weights = PLAIT_SOURCE_DIR "/examples/weights/augshufflenet_x0_5_cifar10.safetensors";
    std::string network;
    std::string labels;
    int top = 3;
    plait::precision kept = plait::precision::f32;
    bool json = false;
    bool timing = false;
    bool summary = false;
};

struct verdict {
    std::string picture;
    std::vector<int> classes;
    std::vector<double> probabilities;  ///< of all classes
    double microseconds = 0;
};

void describe(CLI::App& app, options& chosen) {
    app.add_option("pictures", chosen.pictures, "PNG, JPEG or BMP files, or folders of them")
        ->required()
        ->type_name("PICTURE");
    app.add_option("--weights", chosen.weights, "a state_dict in safetensors; otherwise the bundled one")
        ->type_name("FILE");
    app.add_option("--network", chosen.network, "otherwise found out from the weights")->type_name("NAME");
    add_precision_option(app, chosen.kept);
    app.add_option("--labels", chosen.labels, "names of the classes, one on each line")->type_name("FILE");
    app.add_option("--top", chosen.top, "how many classes to print (3)")
        ->type_name("N")
        ->check(CLI::Range(1, 1000).description(""));
    app.add_flag("--timing", chosen.timing, "the median time of a forward pass, too");
    auto* summary = app.add_flag("--summary", chosen.summary, "a last line about the network");
    app.add_flag("--json", chosen.json, "one JSON document")->excludes(summary);
}

/// The median of 200 forward passes after a warm-up.
double median_microseconds(any_network& network) {
    using clock = std::chrono::steady_clock;
    constexpr int warm_up = 20, runs = 200;
    std::vector<double> times;
    for (int i = 0; i < warm_up + runs; ++i) {
        const auto begin = clock::now();
        network.run();
        const std::chrono::duration<double, std::micro> spent = clock::now() - begin;
        if (i >= warm_up) times.push_back(spent.count());
    }
    std::ranges::nth_element(times, times.begin() + runs / 2);
    return times[runs / 2];
}

plait::result<verdict> classify(const fs::path& path, any_network& network, const options& chosen) {
    const auto picture = plait::read_picture(path);
    if (!picture) return plait::failure{picture.error()};
    prepare(*picture, network.entry().prepared, network.input());
    const auto logits = network.run();
    if (!all_finite(logits)) return plait::failure{path.string() + ": the network's logits are not finite"};
    verdict made{path.string(), top_classes(logits, chosen.top), softmax(logits), 0};
    if (chosen.timing) made.microseconds = median_microseconds(network);
    return made;
}

/// Columns as wide as their widest entry.
void print(const std::vector<verdict>& verdicts, const std::vector<std::string>& labels, bool timing) {
    std::size_t name_width = 0, label_width = 0;
    for (const verdict& v : verdicts) {
        name_width = std::max(name_width, fs::path(v.picture).filename().string().size());
        for (const int c : v.classes)
            label_width = std::max(label_width, labels[static_cast<std::size_t>(c)].size());
    }
    for (const verdict& v : verdicts) {
        std::printf("%-*s", static_cast<int>(name_width), fs::path(v.picture).filename().c_str());
        for (const int c : v.classes) {
            const auto index = static_cast<std::size_t>(c);
            std::printf("  %-*s %5.1f %%", static_cast<int>(label_width), labels[index].c_str(),
                        100 * v.probabilities[index]);
        }
        if (timing) std::printf("  %8.1f us", v.microseconds);
        std::printf("\n");
    }
}

nlohmann::ordered_json to_json(const verdict& v, const std::vector<std::string>& labels,
                               const any_network& network, bool timing) {
    nlohmann::ordered_json classes = nlohmann::ordered_json::array();
    for (const int c : v.classes) {
        const auto index = static_cast<std::size_t>(c);
        classes.push_back({{"label", labels[index]}, {"probability", v.probabilities[index]}});
    }
    nlohmann::ordered_json made{
        {"picture", v.picture}, {"network", network.entry().name}, {"classes", classes}};
    if (timing) made["microseconds"] = v.microseconds;
    return made;
}

void print_json(const std::vector<verdict>& verdicts, const std::vector<std::string>& labels,
                const any_network& network, bool timing) {
    nlohmann::ordered_json document = nlohmann::ordered_json::array();
    for (const verdict& v : verdicts) document.push_back(to_json(v, labels, network, timing));
    // A file's name need not be UTF-8.
    std::printf("%s\n",
                document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void print_summary(const network_entry& entry) {
    std::printf("%s: %s parameters, %s multiply-adds, %s bytes of workspace\n",
                std::string(entry.name).c_str(), plait::with_commas(entry.parameters).c_str(),
                plait::with_commas(entry.macs).c_str(), plait::with_commas(entry.workspace_bytes).c_str());
}

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app("Says what is in pictures, with a network trained in PyTorch.", "classify");
    describe(app, chosen);
    if (const auto done = parse(app, argc, argv)) return *done;

    const auto network = load_network_in(chosen.kept, chosen.weights, chosen.network);
    if (!network) return refuse(network.error());
    const auto classes = (*network)->entry().classes();
    if (!classes) return refuse(classes.error());
    const auto labels = chosen.labels.empty() ? usual_labels(*classes) : read_labels(chosen.labels, *classes);
    if (!labels) return refuse(labels.error());

    // A bad picture is told of and passed over.
    int status = 0;
    std::vector<fs::path> paths;
    for (const fs::path named : chosen.pictures) {
        const auto found = pictures_at(named);
        if (found)
            paths.insert(paths.end(), found->begin(), found->end());
        else
            status = refuse(found.error());
    }
    std::vector<verdict> verdicts;
    for (const fs::path& path : paths) {
        auto made = classify(path, **network, chosen);
        if (made)
            verdicts.push_back(std::move(*made));
        else
            status = refuse(made.error());
    }

    if (chosen.json)
        print_json(verdicts, *labels, **network, chosen.timing);
    else
        print(verdicts, *labels, chosen.timing);
    if (chosen.summary) print_summary((*network)->entry());
    return status;
}
