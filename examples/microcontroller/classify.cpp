// SPDX-License-Identifier: BSD-3-Clause
// Classifies pictures on a microcontroller: no operating system, no heap, no exceptions, and of the C library
// memcpy alone. The weights lie in flash, where the kernels read them.

#include "classifier.hpp"
#include "pictures.hpp"
#include "start.hpp"
#include "text_line.hpp"

extern "C" {
// Of memory.ld.
extern const char flash_used[], ram_used[];
}

namespace {

static_assert(!plait::has_vector_unit);

// What the chip has. memory.ld says the same to the linker, which knows the code as well.
constexpr long long flash_bytes = 1024 * 1024;
constexpr long long ram_bytes = 256 * 1024;
constexpr long long code_bytes = 96 * 1024;
constexpr long long stack_bytes = 4 * 1024;

static_assert(classifier::weight_bytes + examples::picture_count * examples::picture_bytes + code_bytes <=
                  flash_bytes,
              "weights, pictures and code must fit the flash");
static_assert(classifier::network::workspace_bytes + stack_bytes <= ram_bytes,
              "the workspace, which has the picture in it, and the stack must fit the RAM");

constexpr const char* classes[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                   "dog",      "frog",       "horse", "ship", "truck"};

constinit classifier::workspace scratch;

/// Prints the likeliest class of a picture, and its logits.
void classify(const classifier& model, const examples::prepared_picture& picture) {
    model.input(scratch).copy(picture.values);
    model.run(scratch);
    const auto logits = model.output(scratch);  // where they lie
    int best = 0;
    for (int i = 1; i < logits.size(); ++i) {
        if (logits[i] > logits[best]) best = i;
    }
    board::text_line line;
    line.put(picture.name).put(" shows: ").put(classes[best]).print();
    line.put("logits");
    for (int i = 0; i < logits.size(); ++i) line.put(" ").put_decimal(double{logits[i]});
    line.print();
}

}  // namespace

int board::program() {
    const classifier model;
    for (const examples::prepared_picture& picture : examples::prepared_pictures) classify(model, picture);
    board::text_line line;
    line.put("flash: ").put(reinterpret_cast<int>(flash_used)).put(" of ").put(flash_bytes).put(" bytes");
    line.print();
    line.put("RAM: ")
        .put(reinterpret_cast<int>(ram_used))
        .put(" of ")
        .put(ram_bytes)
        .put(" bytes, of which ");
    line.put(classifier::network::workspace_bytes).put(" are the workspace").print();
    line.put("stack: ").put(board::stack_bytes_used()).put(" of ").put(stack_bytes).put(" bytes were used");
    line.print();
    return 0;
}
