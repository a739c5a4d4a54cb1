// SPDX-License-Identifier: GPL-2.0-or-later
// Our BPF program among the classifiers of a device (clsact): one at its ingress, one at its egress, at
// priority 110.
#pragma once

#include <cstdint>
#include <string>

namespace nvi::bpf {

enum class Direction { ingress, egress };

class Classifier {
  public:
    Classifier(std::string device, Direction direction) : device_(std::move(device)), direction_(direction) {}

    // The id of the program that is attached; 0: none, or no such device.
    uint32_t program() const;

    // Attaches, or replaces what is attached between two packets. Says whether it made the queueing
    // discipline. Throws Error.
    bool attach(int program) const;
    // What is not attached is no error, nor is a device that is gone. Throws Error.
    void detach() const;
    // Takes the queueing discipline away, and whatever else hangs on it.
    void remove_qdisc() const;

  private:
    std::string device_;
    Direction direction_;
};

}  // namespace nvi::bpf
