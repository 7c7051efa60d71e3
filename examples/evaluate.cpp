// SPDX-License-Identifier: BSD-3-Clause
// Measures accuracy on CIFAR's test pictures: evaluate --weights W --data DIR

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "any_network.hpp"
#include "class_rows.hpp"
#include "classes.hpp"
#include "labelled_pictures.hpp"
#include "plait/io/cifar.hpp"
#include "precision_option.hpp"
#include "precisions.hpp"
#include "program.hpp"
#include "progress_bar.hpp"

namespace {

using namespace examples;
using matrix = std::vector<std::vector<int>>;

struct options {
    std::string weights;
    std::string data;
    std::string network;
    plait::precision kept = plait::precision::f32;
    bool json = false;
};

struct score {
    int top1 = 0;
    int top5 = 0;
    matrix confusion;  ///< [true class][predicted class]
    double seconds = 0;
};

void describe(CLI::App& app, options& chosen) {
    app.add_option("--weights", chosen.weights, "a state_dict in safetensors")->required()->type_name("FILE");
    app.add_option("--data", chosen.data,
                   "a folder with test_batch.bin (CIFAR-10) or test.bin (CIFAR-100), or with a sub-folder of "
                   "pictures for each class")
        ->required()
        ->type_name("DIR");
    app.add_option("--network", chosen.network, "otherwise found out from the weights")->type_name("NAME");
    add_precision_option(app, chosen.kept);
    app.add_flag("--json", chosen.json, "one JSON document");
}

plait::result<score> evaluate(any_network& network, const plait::cifar_dataset& data) {
    using clock = std::chrono::steady_clock;
    const auto classes = static_cast<std::size_t>(data.classes);
    score made{0, 0, matrix(classes, std::vector<int>(classes)), 0};
    constexpr int pictures_a_step = 100;
    const progress_bar bar(data.size());
    constexpr plait::shape size = plait::cifar_dataset::picture_shape;
    const plait::map_writer<size> input(network.input().first<size.elements()>());
    const auto begin = clock::now();
    for (int i = 0; i < data.size(); ++i) {
        data.put(i, input);
        const auto logits = network.run().first(classes);
        if (!all_finite(logits))
            return plait::failure{std::string("picture ") + std::to_string(i) +
                                  ": the network's logits are not finite"};
        const int label = data.labels[static_cast<std::size_t>(i)];
        const std::vector<int> best = top_classes(logits, 5);
        made.top1 += best[0] == label;
        made.top5 += std::ranges::count(best, label) > 0;
        ++made.confusion[static_cast<std::size_t>(label)][static_cast<std::size_t>(best[0])];
        if ((i + 1) % pictures_a_step == 0) bar.show(i + 1);
    }
    made.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    return made;
}

void print_confusion(const matrix& confusion, const std::vector<std::string>& labels) {
    constexpr int column = 6;
    std::size_t widest = 0;
    for (const std::string& label : labels) widest = std::max(widest, label.size());
    const int label_width = static_cast<int>(widest);

    std::printf("confusion matrix: what it was (rows), what the network said (columns)\n");
    std::printf("%*s", label_width, "");
    for (const std::string& label : labels) std::printf(" %*.*s", column, column, label.c_str());
    std::printf("\n");
    for (std::size_t i = 0; i < confusion.size(); ++i) {
        std::printf("%-*s", label_width, labels[i].c_str());
        for (const int count : confusion[i]) std::printf(" %*d", column, count);
        std::printf("\n");
    }
}

void print(const score& made, const network_entry& network, const plait::cifar_dataset& data) {
    if (data.classes == 10) print_confusion(made.confusion, data.label_names);
    std::printf("%s, one thread: %.0f pictures per second\n", std::string(network.name).c_str(),
                data.size() / made.seconds);
    const double percent = 100.0 / data.size();
    std::printf("top-1 %d/%d (%.2f %%), top-5 %d/%d (%.2f %%)\n", made.top1, data.size(), percent * made.top1,
                made.top5, data.size(), percent * made.top5);
}

void print_json(const score& made, const network_entry& network, const plait::cifar_dataset& data) {
    const nlohmann::ordered_json document{{"network", network.name},
                                          {"parameters", network.parameters},
                                          {"multiply_adds", network.macs},
                                          {"pictures", data.size()},
                                          {"top1", made.top1},
                                          {"top5", made.top5},
                                          {"pictures_per_second", data.size() / made.seconds},
                                          {"labels", data.label_names},
                                          {"confusion", made.confusion}};
    std::printf("%s\n",
                document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app("Measures a network's accuracy on the test pictures of CIFAR-10 or CIFAR-100.", "evaluate");
    describe(app, chosen);
    if (const auto done = parse(app, argc, argv)) return *done;

    const auto network = chosen.kept == plait::precision::f32
                             ? load_network_of_classes(chosen.weights, chosen.network)
                             : load_network_in(chosen.kept, chosen.weights, chosen.network);
    if (!network) return refuse(network.error());
    const network_entry& entry = (*network)->entry();
    const auto classes = entry.classes();
    if (!classes) return refuse(classes.error());
    const auto data = read_labelled_pictures(chosen.data, *classes, false);
    if (!data) return refuse(data.error());
    if (data->resized > 0)
        std::fprintf(stderr, "%s: %d of %d pictures were cut to their middle and resized to 32 x 32\n",
                     chosen.data.c_str(), data->resized, data->set.size());
    const auto made = evaluate(**network, data->set);
    if (!made) return refuse(chosen.weights + ": " + made.error());

    if (chosen.json)
        print_json(*made, entry, data->set);
    else
        print(*made, entry, data->set);
    return 0;
}
