// SPDX-License-Identifier: BSD-3-Clause
// Trains a network on CIFAR: train --network NAME --data DIR --output W

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "any_trainer.hpp"
#include "class_rows.hpp"
#include "labelled_pictures.hpp"
#include "plait/io/cifar.hpp"
#include "plait/io/file.hpp"
#include "plait/train/augmentation.hpp"
#include "plait/train/schedule.hpp"
#include "program.hpp"
#include "training_curves.hpp"

namespace {

using namespace examples;

volatile std::sig_atomic_t is_asked_to_end = 0;  // by Control-C, or who shuts down

struct options {
    std::string network;
    std::string data;
    std::string output;
    std::string from;
    std::string storage = "f32";
    std::string freeze;
    int epochs = 30;
    double rate = 0.1;
    std::string schedule = "cosine";
    double warm_up = 0;
    double label_smoothing = 0;
    double weight_decay = 1e-4;
    std::string flip = "by_chance";
    int crop_padding = 4;
    int hold_out = 0;
    int batch = any_trainer::most_pictures;
    int threads = 0;
    std::uint64_t seed = 1;
    bool resume = false;
};

void describe(CLI::App& app, options& chosen) {
    app.add_option("--network", chosen.network, "one of forward --list that is for CIFAR")
        ->required()
        ->type_name("NAME");
    app.add_option(
           "--data", chosen.data,
           "a folder with CIFAR-10 or CIFAR-100 in the official binary layout, or with a sub-folder of "
           "pictures for each class")
        ->required()
        ->type_name("DIR");
    app.add_option("--output", chosen.output,
                   "the weights, written after each epoch; beside them a checkpoint, a log and curves")
        ->required()
        ->type_name("W");
    app.add_option("--epochs", chosen.epochs, "how often every picture is seen")->capture_default_str();
    app.add_option("--rate", chosen.rate, "the highest learning rate, from which it falls to 0")
        ->capture_default_str();
    app.add_option("--schedule", chosen.schedule, "how it falls; cosine_by_epoch is the same all epoch long")
        ->capture_default_str()
        ->check(CLI::IsMember({"cosine", "cosine_by_epoch", "linear", "constant"}));
    app.add_option("--warm-up", chosen.warm_up, "epochs over which the rate rises from 0 first")
        ->capture_default_str();
    app.add_option("--label-smoothing", chosen.label_smoothing, "part of a label that all classes share")
        ->capture_default_str();
    app.add_option("--weight-decay", chosen.weight_decay, "of all parameters")->capture_default_str();
    app.add_option("--flip", chosen.flip, "whether a picture is mirrored")
        ->capture_default_str()
        ->check(CLI::IsMember({"by_chance", "alternating", "never"}));
    app.add_option("--crop-padding", chosen.crop_padding, "pixels by which a picture moves at most")
        ->capture_default_str();
    app.add_option("--hold-out", chosen.hold_out,
                   "so many of the last training pictures are not trained on, and are tested on instead")
        ->capture_default_str();
    app.add_option("--batch", chosen.batch, "pictures of a step, at most 128")->capture_default_str();
    app.add_option("--threads", chosen.threads, "all cores where none is said; results do not depend on it");
    app.add_option("--seed", chosen.seed, "of initialisation, order and augmentation")->capture_default_str();
    app.add_option("--storage", chosen.storage,
                   "what lies between forward and backward: f32, or f16 in half the memory")
        ->capture_default_str()
        ->check(CLI::IsMember({"f32", "f16"}));
    app.add_option("--from", chosen.from,
                   "weights to begin with; a last layer of another number of classes is not taken")
        ->type_name("W");
    app.add_option("--freeze", chosen.freeze, "backbone: the last layer alone is trained")
        ->check(CLI::IsMember({"backbone"}));
    app.add_flag("--resume", chosen.resume, "go on from the checkpoint beside the output");
}

/// Numbers in which a training is another one, as checkpoints keep them: a name and a value of each.
using recipe = std::vector<std::pair<std::string, double>>;

int place_of(const std::string& word, std::initializer_list<std::string_view> words) {
    return static_cast<int>(std::ranges::find(words, word) - words.begin());
}

plait::schedule::form form_of(const options& chosen) {
    using enum plait::schedule::form;
    return chosen.schedule == "linear" ? linear : chosen.schedule == "constant" ? constant : cosine;
}

plait::augmentation augmentation_of(const options& chosen) {
    using flips = plait::augmentation::flips;
    return {.crop_padding = chosen.crop_padding,
            .flip = chosen.flip == "by_chance"     ? flips::by_chance
                    : chosen.flip == "alternating" ? flips::alternating
                                                   : flips::never};
}

recipe recipe_of(const options& chosen) {
    return {{"seed", static_cast<double>(chosen.seed)},
            {"epochs", chosen.epochs},
            {"batch", chosen.batch},
            {"rate", chosen.rate},
            {"schedule", place_of(chosen.schedule, {"cosine", "cosine_by_epoch", "linear", "constant"})},
            {"warm-up", chosen.warm_up},
            {"label-smoothing", chosen.label_smoothing},
            {"weight-decay", chosen.weight_decay},
            {"flip", place_of(chosen.flip, {"by_chance", "alternating", "never"})},
            {"crop-padding", chosen.crop_padding},
            {"hold-out", chosen.hold_out}};
}

/// Where a training stands, as checkpoints keep it before the recipe.
struct progress {
    std::uint64_t epoch = 0;     ///< whole epochs
    std::uint64_t pictures = 0;  ///< of the next one
    double loss = 0;             ///< sum over the pictures of this epoch so far

    static constexpr std::size_t size = 3;
};

class training_run {
public:
    training_run(const options& chosen, std::unique_ptr<any_trainer> learning, labelled_pictures pictures,
                 labelled_pictures test)
        : chosen_(chosen),
          learning_(std::move(learning)),
          pictures_(std::move(pictures.set)),
          test_(std::move(test.set)),
          order_(pictures_.labels.size()) {}

    std::string checkpoint_file() const { return chosen_.output + ".checkpoint"; }
    std::string log_file() const { return chosen_.output + ".log.jsonl"; }

    /// Goes on from the checkpoint.
    plait::result<void> resume() {
        const auto bytes = plait::read_file(checkpoint_file());
        if (!bytes) return plait::failure{bytes.error()};
        const recipe own = recipe_of(chosen_);
        const auto numbers = learning_->resume(*bytes, checkpoint_file(), progress::size + own.size());
        if (!numbers) return plait::failure{numbers.error()};
        for (std::size_t i = 0; i < own.size(); ++i) {
            const double found = std::bit_cast<double>((*numbers)[progress::size + i]);
            if (found != own[i].second)
                return plait::failure{checkpoint_file() + ": is of a training with another " + own[i].first +
                                      ", " + plait::short_decimal(found) + " where " +
                                      plait::short_decimal(own[i].second) + " was expected"};
        }
        at_ = {
            .epoch = (*numbers)[0], .pictures = (*numbers)[1], .loss = std::bit_cast<double>((*numbers)[2])};
        return read_log();
    }

    plait::result<void> run() {
        // Before an hour has gone by: whether the folder can be written to.
        if (!chosen_.resume)
            if (auto done = save_checkpoint(); !done) return done;
        while (at_.epoch < epochs()) {
            if (auto done = run_epoch(); !done) return done;
            if (is_asked_to_end) {
                std::fprintf(stderr, "ended after picture %llu of epoch %llu; --resume goes on\n",
                             static_cast<unsigned long long>(at_.pictures),
                             static_cast<unsigned long long>(at_.epoch + 1));
                return {};
            }
        }
        return {};
    }

private:
    using clock = std::chrono::steady_clock;

    long long steps_of_epoch() const {
        return (static_cast<long long>(order_.size()) + chosen_.batch - 1) / chosen_.batch;
    }
    std::uint64_t epochs() const { return static_cast<std::uint64_t>(chosen_.epochs); }
    /// The learning rate of a step of an epoch.
    double rate_at(int epoch, long long step) const {
        const plait::schedule rates{
            .by = form_of(chosen_),
            .rate = chosen_.rate,
            .steps = steps_of_epoch() * chosen_.epochs,
            .warm_up = std::llround(chosen_.warm_up * static_cast<double>(steps_of_epoch()))};
        return rates.rate_at(epoch * steps_of_epoch() + (chosen_.schedule == "cosine_by_epoch" ? 0 : step));
    }

    plait::result<void> run_epoch() {
        const int epoch = static_cast<int>(at_.epoch);
        const int count = static_cast<int>(order_.size());
        plait::shuffle_pictures(chosen_.seed, epoch, order_);
        const auto begin = clock::now();
        const std::clock_t processor_begin = std::clock();
        const std::uint64_t first = at_.pictures;
        double rate = 0;
        while (at_.pictures < order_.size() && !is_asked_to_end) {
            const int from = static_cast<int>(at_.pictures);
            const int pictures = std::min(chosen_.batch, count - from);
            std::vector<int> labels;
            for (int n = 0; n < pictures; ++n)
                labels.push_back(pictures_.labels[static_cast<std::size_t>(picture(from + n))]);
            rate = rate_at(epoch, from / chosen_.batch);
            const double loss = learning_->step(
                [&](int n, const any_trainer::picture_writer& to) { put(epoch, picture(from + n), to); },
                labels, pictures_.classes, rate);
            if (const std::string& problem = learning_->problem(); !problem.empty()) {
                return plait::failure{chosen_.network + ": " + problem + " (epoch " +
                                      std::to_string(epoch + 1) + "); the checkpoint before it is " +
                                      checkpoint_file()};
            }
            at_.loss += loss * pictures;
            at_.pictures += static_cast<std::uint64_t>(pictures);
            show(begin, first);
        }
        if (at_.pictures < order_.size()) return save_checkpoint();
        const double seconds = std::chrono::duration<double>(clock::now() - begin).count();
        const double processor_seconds =
            static_cast<double>(std::clock() - processor_begin) / static_cast<double>(CLOCKS_PER_SEC);
        const std::vector<std::byte> weights = learning_->state_dict(pictures_.classes);
        const auto right = count_right(weights);
        if (!right) return plait::failure{right.error()};
        epoch_report report{.epoch = epoch + 1,
                            .loss = at_.loss / count,
                            .accuracy = 100.0 * *right / test_.size(),
                            .rate = rate,
                            .seconds = seconds,
                            .pictures_per_second = static_cast<double>(order_.size() - first) / seconds,
                            .processor_seconds = processor_seconds};
        at_.epoch += 1;
        at_.pictures = 0;
        at_.loss = 0;
        hide();
        std::printf("epoch %d of %d: loss %.4f, %.2f %% of the test pictures, %.0f pictures a second\n",
                    epoch + 1, chosen_.epochs, report.loss, report.accuracy, report.pictures_per_second);
        std::fflush(stdout);
        reports_.push_back(report);
        // The checkpoint last: a training that is killed before it makes the others again.
        if (auto done = plait::write_file(weights, chosen_.output); !done) return done;
        if (auto done = write_log(); !done) return done;
        return save_checkpoint();
    }

    /// How many of the test pictures the network now knows.
    plait::result<int> count_right(std::span<const std::byte> weights) const {
        const auto network = load_network_of_classes(weights, chosen_.output, chosen_.network);
        if (!network) return plait::failure{network.error()};
        constexpr plait::shape size = plait::cifar_dataset::picture_shape;
        const any_trainer::picture_writer input((*network)->input().first<size.elements()>());
        int right = 0;
        for (int n = 0; n < test_.size(); ++n) {
            test_.put(n, input);
            const auto logits = (*network)->run().first(static_cast<std::size_t>(test_.classes));
            right += std::ranges::max_element(logits) - logits.begin() ==
                     test_.labels[static_cast<std::size_t>(n)];
        }
        return right;
    }

    int picture(int place) const { return order_[static_cast<std::size_t>(place)]; }

    void put(int epoch, int index, const any_trainer::picture_writer& to) const {
        constexpr plait::shape size = plait::cifar_dataset::picture_shape;
        const std::uint8_t* from =
            pictures_.pixels.data() + static_cast<std::size_t>(index) * plait::cifar_dataset::picture_bytes;
        const plait::drawn_augmentation drawn(augmentation_of(chosen_), size, chosen_.seed, epoch, index);
        plait::put_augmented(
            drawn,
            [from](int c, int y, int x) {
                constexpr plait::shape of = plait::cifar_dataset::picture_shape;
                return static_cast<float>(from[(c * of.height + y) * of.width + x]) / 255.0F;
            },
            to);
    }

    plait::result<void> save_checkpoint() const {
        std::vector<std::uint64_t> numbers{at_.epoch, at_.pictures, std::bit_cast<std::uint64_t>(at_.loss)};
        for (const auto& [name, value] : recipe_of(chosen_))
            numbers.push_back(std::bit_cast<std::uint64_t>(value));
        return plait::write_file(learning_->checkpoint(numbers), checkpoint_file());
    }

    plait::result<void> write_log() const {
        std::string log;
        for (const epoch_report& r : reports_)
            log += nlohmann::ordered_json{{"epoch", r.epoch},
                                          {"loss", r.loss},
                                          {"accuracy", r.accuracy},
                                          {"rate", r.rate},
                                          {"seconds", r.seconds},
                                          {"pictures_per_second", r.pictures_per_second},
                                          {"processor_seconds", r.processor_seconds}}
                       .dump() +
                   "\n";
        const auto write = [](const std::string& text, const std::string& file) {
            return plait::write_file(std::as_bytes(std::span(text)), file);
        };
        if (auto done = write(log, log_file()); !done) return done;
        const std::string title = chosen_.network + ", seed " + std::to_string(chosen_.seed);
        return write(draw_training(reports_, chosen_.epochs, title), chosen_.output + ".svg");
    }

    /// The epochs that are whole; one that was logged after the checkpoint is run again.
    plait::result<void> read_log() {
        const auto bytes = plait::read_file(log_file());
        if (!bytes) return {};
        std::string line;
        for (const std::byte each : *bytes) {
            if (static_cast<char>(each) != '\n') {
                line += static_cast<char>(each);
                continue;
            }
            const auto entry = nlohmann::json::parse(line, nullptr, false);
            line.clear();
            if (!entry.is_object() || !entry.contains("epoch")) continue;
            const epoch_report report{.epoch = entry.value("epoch", 0),
                                      .loss = entry.value("loss", 0.0),
                                      .accuracy = entry.value("accuracy", 0.0),
                                      .rate = entry.value("rate", 0.0),
                                      .seconds = entry.value("seconds", 0.0),
                                      .pictures_per_second = entry.value("pictures_per_second", 0.0),
                                      .processor_seconds = entry.value("processor_seconds", 0.0)};
            if (report.epoch == static_cast<int>(reports_.size()) + 1 &&
                report.epoch <= static_cast<int>(at_.epoch))
                reports_.push_back(report);
        }
        return {};
    }

    void show(clock::time_point begin, std::uint64_t first) const {
        if (isatty(STDERR_FILENO) != 1) return;
        const double seconds = std::chrono::duration<double>(clock::now() - begin).count();
        const double speed = static_cast<double>(at_.pictures - first) / seconds;
        const double left =
            static_cast<double>((epochs() - at_.epoch) * order_.size() - at_.pictures) / speed;
        const int filled = static_cast<int>(30 * at_.pictures / order_.size());
        std::fprintf(stderr, "\r[%-30s] epoch %llu/%llu  loss %.3f  %.0f pictures/s  %d min left ",
                     std::string(static_cast<std::size_t>(filled), '#').c_str(),
                     static_cast<unsigned long long>(at_.epoch + 1),
                     static_cast<unsigned long long>(epochs()), at_.loss / static_cast<double>(at_.pictures),
                     speed, static_cast<int>(left / 60));
    }
    static void hide() {
        if (isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\r\033[K");
    }

    options chosen_;
    std::unique_ptr<any_trainer> learning_;
    plait::cifar_dataset pictures_;
    plait::cifar_dataset test_;  ///< of a folder the same
    std::vector<int> order_;
    progress at_{};
    std::vector<epoch_report> reports_;
};

plait::result<void> check(const options& chosen) {
    const auto expect = [](bool holds, const std::string& what) {
        return holds ? plait::result<void>{} : plait::failure{"train: " + what + " was expected"};
    };
    if (auto done = expect(chosen.epochs > 0, "a number of epochs of at least 1"); !done) return done;
    if (auto done = expect(std::isfinite(chosen.rate) && chosen.rate >= 0, "a rate of at least 0"); !done)
        return done;
    if (auto done = expect(chosen.batch > 0 && chosen.batch <= any_trainer::most_pictures,
                           "a batch of 1 to " + std::to_string(any_trainer::most_pictures));
        !done)
        return done;
    const auto is_within = [](double value, double least, double most) {
        return value >= least && value <= most;
    };
    if (auto done = expect(is_within(chosen.warm_up, 0, chosen.epochs),
                           "a warm-up of 0 to " + std::to_string(chosen.epochs) + " epochs");
        !done)
        return done;
    if (auto done = expect(is_within(chosen.label_smoothing, 0, 1), "a label smoothing of 0 to 1"); !done)
        return done;
    if (auto done = expect(is_within(chosen.weight_decay, 0, 1), "a weight decay of 0 to 1"); !done)
        return done;
    if (auto done = expect(is_within(chosen.crop_padding, 0, 32), "a crop padding of 0 to 32"); !done)
        return done;
    return expect(chosen.threads >= 0, "a number of threads of at least 1");
}

/// Moves the last pictures of a set into one of their own.
plait::result<plait::cifar_dataset> hold_out(plait::cifar_dataset& from, int count) {
    if (count < 1 || count >= from.size())
        return plait::failure{"has " + std::to_string(from.size()) + " training pictures, of which " +
                              std::to_string(count) + " cannot be held out where 1 to " +
                              std::to_string(from.size() - 1) + " were expected"};
    const auto stay = static_cast<std::size_t>(from.size() - count);
    plait::cifar_dataset held{
        .classes = from.classes,
        .pixels = {from.pixels.begin() + static_cast<long>(stay * plait::cifar_dataset::picture_bytes),
                   from.pixels.end()},
        .labels = {from.labels.begin() + static_cast<long>(stay), from.labels.end()},
        .label_names = from.label_names};
    from.pixels.resize(stay * plait::cifar_dataset::picture_bytes);
    from.labels.resize(stay);
    return held;
}

plait::result<void> train(const options& chosen) {
    if (auto done = check(chosen); !done) return done;
    const auto entry = find_trainer(chosen.network);
    if (!entry) return plait::failure{entry.error()};
    auto pictures = read_labelled_pictures(chosen.data, (*entry)->classes, true);
    if (!pictures) return plait::failure{pictures.error()};
    if (pictures->resized > 0)
        std::fprintf(stderr, "%s: %d of %d pictures were cut to their middle and resized to 32 x 32\n",
                     chosen.data.c_str(), pictures->resized, pictures->set.size());
    labelled_pictures held_out;
    if (chosen.hold_out != 0) {
        auto split = hold_out(pictures->set, chosen.hold_out);
        if (!split) return plait::failure{chosen.data + ": " + split.error()};
        held_out.set = *std::move(split);
    }
    auto test = chosen.hold_out != 0  ? plait::result<labelled_pictures>(std::move(held_out))
                : pictures->is_folder ? plait::result<labelled_pictures>(*pictures)
                                      : read_labelled_pictures(chosen.data, (*entry)->classes, false);
    if (!test) return plait::failure{test.error()};
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    auto learning = (*entry)->make({.keeps_half = chosen.storage == "f16",
                                    .only_head = !chosen.freeze.empty(),
                                    .seed = chosen.seed,
                                    .threads = chosen.threads > 0 ? chosen.threads : std::clamp(cores, 1, 4),
                                    .label_smoothing = chosen.label_smoothing,
                                    .weight_decay = chosen.weight_decay});
    if (!chosen.from.empty()) {
        const auto bytes = plait::read_file(chosen.from);
        if (!bytes) return plait::failure{bytes.error()};
        if (auto done = learning->take(*bytes, chosen.from); !done) return done;
    }
    training_run run(chosen, std::move(learning), std::move(*pictures), std::move(*test));
    if (chosen.resume)
        if (auto done = run.resume(); !done) return done;
    return run.run();
}

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app("Trains a network on the pictures of CIFAR-10 or CIFAR-100.", "train");
    describe(app, chosen);
    if (const auto done = parse(app, argc, argv)) return *done;
    std::signal(SIGINT, [](int) { is_asked_to_end = 1; });
    const auto done = train(chosen);
    return done ? 0 : refuse(done.error());
}
