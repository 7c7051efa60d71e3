// SPDX-License-Identifier: BSD-3-Clause
// A folder of CIFAR: the first byte says which files it has, the second how many bytes (in 8s) of names.
#include "../io/scratch_folder.hpp"
#include "fuzz.hpp"
#include "plait/io/cifar.hpp"

using namespace plait;

namespace {

struct folder_plan {
    explicit folder_plan(std::uint8_t bits)
        : has_cifar10(bits & 1),
          has_cifar100(bits & 2),
          has_names(bits & 4),
          kind(cifar_kind(bits / 8 % 3)) {}

    bool has_cifar10, has_cifar100, has_names;
    cifar_kind kind;
};

void put(const scratch_folder& folder, std::string_view name, std::span<const std::byte> bytes, bool there) {
    if (there) {
        folder.write(name, bytes);
    } else {
        std::filesystem::remove(folder / name);
    }
}

void check_dataset(const cifar_dataset& set, std::size_t file_bytes) {
    expect(set.classes == 10 || set.classes == 100, "CIFAR has 10 or 100 classes");
    expect(set.label_names.size() == static_cast<std::size_t>(set.classes), "every class has a name");
    const auto pictures = static_cast<std::size_t>(set.size());
    expect(pictures > 0 && set.pixels.size() == pictures * cifar_dataset::picture_bytes,
           "every label has a picture");
    expect(file_bytes == set.pixels.size() + pictures * (set.classes == 10 ? 1 : 2), "every byte was read");
    for (int i = 0; i < set.size(); ++i) {
        const int label = set.labels[static_cast<std::size_t>(i)];
        expect(label >= 0 && label < set.classes, "a label is a class");
        for (const float value : set.picture_tensor(i))
            expect(value >= 0 && value <= 1, "an input is from 0 to 1");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    static const scratch_folder folder;
    const folder_plan plan(data[0]);
    const std::span rest = std::as_bytes(std::span(data + 2, size - 2));
    const std::span names = rest.first(std::min(rest.size(), std::size_t{8} * data[1]));
    const std::span pictures = rest.subspan(names.size());
    put(folder, "test_batch.bin", pictures, plan.has_cifar10);
    put(folder, "test.bin", pictures, plan.has_cifar100);
    put(folder, "batches.meta.txt", names, plan.has_names);
    put(folder, "fine_label_names.txt", names, plan.has_names);

    const auto set = read_cifar_test(folder.path(), plan.kind);
    if (set) {
        check_dataset(*set, pictures.size());
    } else {
        expect_sentence(set.error(), folder.path().string());
    }
    return 0;
}
