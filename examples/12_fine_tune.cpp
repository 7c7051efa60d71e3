// SPDX-License-Identifier: BSD-3-Clause
// 12. Fine-tune a published network to classes of your own: 12_fine_tune [FOLDER [PICTURE_OF_THE_RESULT]]
//
// FOLDER has a sub-folder of pictures for each of two classes; without one, discs and crosses are drawn. The
// network for CIFAR-10 gets a new last layer. First that alone learns: what comes before it is as when the
// network runs, and costs no backward pass and no memory. Then all of it learns, at a smaller rate.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "canvas.hpp"
#include "drawn_shapes.hpp"
#include "labelled_pictures.hpp"
#include "plait/io/file.hpp"
#include "plait/io/picture_writer.hpp"
#include "plait/plait.hpp"
#include "plait/train/augmentation.hpp"
#include "plait/train/schedule.hpp"
#include "plait/train/trainer.hpp"

namespace {

using net = plait::augshufflenet_x0_5<2>;
using plait::training;

int fail(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    return 2;
}

examples::labelled_pictures drawn_pictures() {
    examples::labelled_pictures made;
    made.set.classes = 2;
    made.set.label_names = {"cross", "disc"};
    plait::random_numbers random(1);
    for (int n = 0; n < 200; ++n) {
        const auto what = n % 2 == 0 ? examples::drawn_shape::cross : examples::drawn_shape::disc;
        const plait::picture picture = examples::draw_shape(what, 32, random);
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t p = 0; p < 1024; ++p) made.set.pixels.push_back(picture.rgb[3 * p + c]);
        made.set.labels.push_back(n % 2);
    }
    return made;
}

/// So many times over all pictures but every fifth, which are kept for the end.
template <class Trainer>
std::string learn(Trainer& learning, const plait::cifar_dataset& set, int epochs, double rate) {
    std::vector<int> order;
    for (int n = 0; n < set.size(); ++n)
        if (n % 5 != 4) order.push_back(n);
    const int count = static_cast<int>(order.size());
    const plait::schedule rates{.rate = rate, .steps = 1LL * epochs * ((count + 31) / 32)};
    for (long long step = 0; step < rates.steps;) {
        const int epoch = static_cast<int>(step / ((count + 31) / 32));
        plait::random_numbers random(static_cast<std::uint64_t>(1000 + epoch));
        for (int n = count - 1; n > 0; --n)
            std::swap(order[static_cast<std::size_t>(n)],
                      order[static_cast<std::size_t>(random.below(n + 1))]);
        for (int begin = 0; begin < count; begin += 32, ++step) {
            std::vector<int> labels;
            for (int n = begin; n < std::min(begin + 32, count); ++n)
                labels.push_back(set.labels[static_cast<std::size_t>(order[static_cast<std::size_t>(n)])]);
            const auto put = [&](int n, const plait::map_writer<net::input>& to) {
                const int index = order[static_cast<std::size_t>(begin + n)];
                const auto picture = set.picture_tensor(index);
                const plait::drawn_augmentation drawn({}, net::input, 1, epoch, index);
                plait::put_augmented(
                    drawn, [&](int c, int y, int x) { return picture(c, y, x); }, to);
            };
            learning.step(put, labels, rates.rate_at(step));
            if (!learning.problem().empty()) return learning.problem();
        }
    }
    return "";
}

}  // namespace

int main(int argc, char** argv) {
    auto read = argc > 1 ? examples::read_picture_folder(argv[1])
                         : plait::result<examples::labelled_pictures>(drawn_pictures());
    if (!read) return fail(read.error());
    if (read->set.classes != 2) return fail(std::string(argv[1]) + ": two sub-folders were expected");
    const plait::cifar_dataset& set = read->set;

    // The bundled weights have ten classes: all but the last layer is taken.
    const auto published =
        plait::read_file(PLAIT_SOURCE_DIR "/examples/weights/augshufflenet_x0_5_cifar10.safetensors");
    if (!published) return fail(published.error());
    auto head = std::make_unique<plait::trainer<net, training{.batch = 32, .trains_from = "linear"}>>(1, 2);
    const auto taken = head->take(*published, "the bundled weights",
                                  {.leave_extra_tensors = true,
                                   .takes_layer = [](std::string_view layer) { return layer != "linear"; }});
    if (!taken) return fail(taken.error());
    if (const std::string why = learn(*head, set, 10, 0.05); !why.empty()) return fail(why);

    auto all = std::make_unique<plait::trainer<net, training{.batch = 32}>>(1, 2);
    if (const auto went_on = all->take(head->state_dict()); !went_on) return fail(went_on.error());
    if (const std::string why = learn(*all, set, 10, 0.01); !why.empty()) return fail(why);

    // What the network says of the pictures that it has not seen: its class in a frame, red where that is
    // wrong.
    const plait::model<net> model = all->model();
    const auto scratch = std::make_unique<net::workspace>();
    constexpr int columns = 10;
    constexpr int side = 72;
    const int shown = set.size() / 5;
    plait::picture sheet{columns * side, (shown + columns - 1) / columns * side, {}};
    sheet.rgb.resize(3 * static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height), 255);
    examples::canvas paint(sheet);
    int right = 0;
    for (int i = 0; i < shown; ++i) {
        const int n = 5 * i + 4;
        set.put(n, model.input(*scratch));
        model.run(*scratch);
        const auto logits = plait::to_tensor(model.output(*scratch));
        const int found = logits(1, 0, 0) > logits(0, 0, 0) ? 1 : 0;
        const bool is_right = found == set.labels[static_cast<std::size_t>(n)];
        right += is_right;
        const int left = i % columns * side;
        const int top = i / columns * side;
        const std::uint8_t* planes =
            set.pixels.data() + static_cast<std::size_t>(n) * plait::cifar_dataset::picture_bytes;
        for (int y = 0; y < 64; ++y)
            for (int x = 0; x < 64; ++x)
                for (int c = 0; c < 3; ++c)
                    sheet.pixel(top + 4 + y, left + 4 + x)[c] = planes[c * 1024 + y / 2 * 32 + x / 2];
        const examples::colour frame =
            is_right ? examples::colour{46, 160, 67} : examples::colour{215, 58, 73};
        paint.outline({left + 2, top + 2, left + 70, top + 70}, 3, frame);
        paint.fill({left + 5, top + 55, left + 67, top + 67}, {255, 255, 255});
        paint.write(examples::line_of_text(set.label_names[static_cast<std::size_t>(found)]), left + 8,
                    top + 58, 1, frame);
    }
    const std::string file = argc > 2 ? argv[2] : "build/fine_tuned.png";
    if (const auto written = plait::write_png(sheet, file); !written) return fail(written.error());
    std::printf("%d of %d pictures that were kept back are right; %s shows them\n", right, shown,
                file.c_str());
    return 0;
}
