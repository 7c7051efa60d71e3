// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plait/io/file.hpp"

namespace examples {

inline constexpr std::string_view cifar10_labels[] = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
};

/// The fine ones.
inline constexpr std::string_view cifar100_labels[] = {
    "apple",      "aquarium_fish", "baby",         "bear",       "beaver",      "bed",         "bee",
    "beetle",     "bicycle",       "bottle",       "bowl",       "boy",         "bridge",      "bus",
    "butterfly",  "camel",         "can",          "castle",     "caterpillar", "cattle",      "chair",
    "chimpanzee", "clock",         "cloud",        "cockroach",  "couch",       "crab",        "crocodile",
    "cup",        "dinosaur",      "dolphin",      "elephant",   "flatfish",    "forest",      "fox",
    "girl",       "hamster",       "house",        "kangaroo",   "keyboard",    "lamp",        "lawn_mower",
    "leopard",    "lion",          "lizard",       "lobster",    "man",         "maple_tree",  "motorcycle",
    "mountain",   "mouse",         "mushroom",     "oak_tree",   "orange",      "orchid",      "otter",
    "palm_tree",  "pear",          "pickup_truck", "pine_tree",  "plain",       "plate",       "poppy",
    "porcupine",  "possum",        "rabbit",       "raccoon",    "ray",         "road",        "rocket",
    "rose",       "sea",           "seal",         "shark",      "shrew",       "skunk",       "skyscraper",
    "snail",      "snake",         "spider",       "squirrel",   "streetcar",   "sunflower",   "sweet_pepper",
    "table",      "tank",          "telephone",    "television", "tiger",       "tractor",     "train",
    "trout",      "tulip",         "turtle",       "wardrobe",   "whale",       "willow_tree", "wolf",
    "woman",      "worm",
};

/// As detectors of the Darknet family write them.
inline constexpr std::string_view coco_labels[] = {
    "person",        "bicycle",    "car",           "motorbike",     "aeroplane",    "bus",
    "train",         "truck",      "boat",          "traffic light", "fire hydrant", "stop sign",
    "parking meter", "bench",      "bird",          "cat",           "dog",          "horse",
    "sheep",         "cow",        "elephant",      "bear",          "zebra",        "giraffe",
    "backpack",      "umbrella",   "handbag",       "tie",           "suitcase",     "frisbee",
    "skis",          "snowboard",  "sports ball",   "kite",          "baseball bat", "baseball glove",
    "skateboard",    "surfboard",  "tennis racket", "bottle",        "wine glass",   "cup",
    "fork",          "knife",      "spoon",         "bowl",          "banana",       "apple",
    "sandwich",      "orange",     "broccoli",      "carrot",        "hot dog",      "pizza",
    "donut",         "cake",       "chair",         "sofa",          "pottedplant",  "bed",
    "diningtable",   "toilet",     "tvmonitor",     "laptop",        "mouse",        "remote",
    "keyboard",      "cell phone", "microwave",     "oven",          "toaster",      "sink",
    "refrigerator",  "book",       "clock",         "vase",          "scissors",     "teddy bear",
    "hair drier",    "toothbrush",
};

/// What a network's classes are called: CIFAR's names for 10 and 100 classes, COCO's for 80, else their
/// numbers.
inline std::vector<std::string> usual_labels(int classes) {
    if (classes == 10) return {std::begin(cifar10_labels), std::end(cifar10_labels)};
    if (classes == 100) return {std::begin(cifar100_labels), std::end(cifar100_labels)};
    if (classes == 80) return {std::begin(coco_labels), std::end(coco_labels)};
    std::vector<std::string> numbers;
    numbers.reserve(static_cast<std::size_t>(classes));
    for (int i = 0; i < classes; ++i) numbers.push_back(std::string("class ") + std::to_string(i));
    return numbers;
}

/// Labels from a file, one on each line.
inline plait::result<std::vector<std::string>> read_labels(const std::filesystem::path& path, int classes) {
    const auto bytes = plait::read_file(path);
    if (!bytes) return plait::failure{bytes.error()};

    std::vector<std::string> labels;
    bool in_line = false;
    for (const std::byte byte : *bytes) {
        const char letter = static_cast<char>(byte);
        if (!in_line) labels.emplace_back();
        in_line = letter != '\n';
        if (in_line && letter != '\r') labels.back() += letter;
    }
    if (labels.size() != static_cast<std::size_t>(classes)) {
        return plait::failure{path.string() + ": has " + std::to_string(labels.size()) + " labels where " +
                              std::to_string(classes) + " were expected, one on each line"};
    }
    return labels;
}

}  // namespace examples
