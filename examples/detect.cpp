// SPDX-License-Identifier: BSD-3-Clause
// Finds objects in pictures or in a film: detect --weights W [OPTIONS] PICTURE...

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "detector.hpp"
#include "draw_objects.hpp"
#include "drawing_plan.hpp"
#include "found_object.hpp"
#include "frame_stream.hpp"
#include "labels.hpp"
#include "picture_files.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_writer.hpp"
#include "precision_option.hpp"
#include "program.hpp"
#include "progress_bar.hpp"
#include "standard_output.hpp"
#include "stopwatch.hpp"

namespace {

namespace fs = std::filesystem;
using namespace examples;

struct options {
    std::vector<std::string> pictures;
    std::string weights;
    float threshold = 0.65f;
    plait::precision kept = plait::precision::f32;
    std::string names;
    std::string stream;
    std::string draw;
    bool json = false;

    bool streams() const { return !stream.empty(); }
    bool draws_to_stdout() const { return draw == "-"; }
    bool draws_files() const { return !draw.empty() && !draws_to_stdout(); }
};

void describe(CLI::App& app, options& chosen) {
    auto* pictures = app.add_option("pictures", chosen.pictures, "PNG, JPEG or BMP files, or folders of them")
                         ->type_name("PICTURE");
    app.add_option("--weights", chosen.weights, "FastestDet's state_dict in safetensors")
        ->required()
        ->type_name("FILE");
    app.add_option("--threshold", chosen.threshold, "only objects of a score above it (0.65)")
        ->type_name("SCORE");
    add_precision_option(app, chosen.kept);
    app.add_option("--names", chosen.names, "names of the 80 classes, one on each line; otherwise COCO's")
        ->type_name("FILE");
    app.add_flag("--json", chosen.json, "a JSON object for each picture or frame, on a line of its own");
    app.add_option("--draw", chosen.draw,
                   "write each picture with its boxes into this folder, as PNG; of a stream, - writes the "
                   "frames to standard output, in place of the objects")
        ->type_name("DIR");
    app.add_option("--stream", chosen.stream,
                   "frames of RGB bytes from standard input, as ffmpeg -f rawvideo -pix_fmt rgb24 writes "
                   "them; the first is frame 0")
        ->type_name("WIDTHxHEIGHT")
        ->excludes(pictures);
}

/// Of options that the parser takes one by one; empty if all is well.
std::string why_refused(const options& chosen) {
    if (!(chosen.threshold >= 0 && chosen.threshold <= 1))
        return "--threshold: " + std::to_string(chosen.threshold) + " where a score from 0 to 1 was expected";
    if (chosen.pictures.empty() && !chosen.streams())
        return "detect: pictures or --stream were expected (--help says more)";
    if (chosen.draws_to_stdout() && !chosen.streams())
        return "--draw: of pictures, a folder was expected where - stands";
    if (chosen.draws_to_stdout() && chosen.json)
        return "--draw -: frames go to standard output, where --json would write, too";
    return "";
}

using source = nlohmann::ordered_json;  ///< where objects were found, as JSON says it

/// Finds objects, prints and draws them as the options say. `in_...` return the program's exit status.
class detection {
public:
    detection(const options& chosen, detector network, std::vector<std::string> names)
        : chosen_(chosen), network_(std::move(network)), names_(std::move(names)) {}

    /// A bad picture is told of and passed over.
    int in_pictures() {
        int status = 0;
        const auto planned = plan_drawings(named_pictures(status), chosen_.draw);
        if (!planned) return refuse(planned.error());
        const progress_bar bar(static_cast<int>(planned->size()));
        for (int done = 0; const auto& [path, drawing] : *planned) {
            bar.show(done++);
            auto picture = plait::read_picture(path);
            const auto objects = picture ? find(*picture, path.string()) : plait::failure{picture.error()};
            bar.hide();
            if (!objects) {
                status = refuse(objects.error());
                continue;
            }
            print(path.string(), {{"picture", path.string()}}, *objects);
            if (!out_.is_open()) return std::max(status, out_.status());
            if (const auto drawn = draw(*picture, *objects, drawing); !drawn) status = refuse(drawn.error());
        }
        return status;
    }

    int in_stream(plait::extent size) {
        frame_stream frames(size);
        const stopwatch whole;
        double busy_seconds = 0;
        for (;;) {
            const std::int64_t index = frames.frames();
            const auto frame = frames.next();
            if (!frame) return refuse(frame.error());
            if (*frame == nullptr) break;
            const stopwatch busy;
            const auto objects = find(**frame, "frame " + std::to_string(index));
            busy_seconds += busy.seconds();
            if (!objects) return refuse(objects.error());
            if (const auto shown = show(**frame, *objects, index); !shown) return refuse(shown.error());
            if (!out_.is_open()) return out_.status();
        }
        const auto count = static_cast<double>(frames.frames());
        std::fprintf(stderr, "%.0f frames, %.1f frames per second; detection alone %.1f\n", count,
                     count / whole.seconds(), count / busy_seconds);
        return 0;
    }

private:
    /// What is not there makes the status that of bad input.
    std::vector<fs::path> named_pictures(int& status) const {
        std::vector<fs::path> pictures;
        for (const fs::path named : chosen_.pictures) {
            const auto found = pictures_at(named);
            if (found)
                pictures.insert(pictures.end(), found->begin(), found->end());
            else
                status = refuse(found.error());
        }
        return pictures;
    }

    plait::result<std::vector<found_object>> find(const plait::picture& picture, const std::string& name) {
        const auto objects = network_.find(picture, chosen_.threshold);
        if (!objects) return plait::failure{name + ": " + objects.error()};
        return in_pixels(*objects, picture.size());
    }

    void print(const std::string& name, const source& where, const std::vector<found_object>& objects) {
        out_.write(chosen_.json ? as_json(where, objects, names_) : as_lines(name, objects, names_));
    }

    plait::result<void> draw(plait::picture& picture, const std::vector<found_object>& objects,
                             const fs::path& drawing) const {
        if (drawing.empty()) return {};
        draw_objects(picture, objects, names_);
        return plait::write_png(picture, drawing);
    }

    plait::result<void> show(plait::picture& frame, const std::vector<found_object>& objects,
                             std::int64_t index) {
        if (chosen_.draws_to_stdout()) {
            draw_objects(frame, objects, names_);
            out_.write(frame.rgb);
            return {};
        }
        print("frame " + std::to_string(index), {{"frame", index}}, objects);
        return draw(frame, objects, drawing_of_frame(index, chosen_.draw));
    }

    const options& chosen_;
    detector network_;
    std::vector<std::string> names_;
    standard_output out_;
};

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app("Finds objects in pictures, or in the frames of a film, with FastestDet.", "detect");
    describe(app, chosen);
    if (const auto done = parse(app, argc, argv)) return *done;
    if (const std::string why = why_refused(chosen); !why.empty()) return refuse(why);
    const auto frame = chosen.streams() ? frame_size(chosen.stream) : plait::extent{};
    if (!frame) return refuse(frame.error());

    auto network = detector::load(chosen.weights, chosen.kept);
    if (!network) return refuse(network.error());
    const auto names =
        chosen.names.empty() ? usual_labels(detector::classes) : read_labels(chosen.names, detector::classes);
    if (!names) return refuse(names.error());
    if (chosen.draws_files()) {
        if (const auto made = make_folder(chosen.draw); !made) return refuse(made.error());
    }

    detection run(chosen, *std::move(network), *names);
    return chosen.streams() ? run.in_stream(*frame) : run.in_pictures();
}
