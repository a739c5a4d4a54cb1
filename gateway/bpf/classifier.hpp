// SPDX-License-Identifier: GPL-2.0-or-later
// A BPF program of ours among the classifiers of a device (clsact), at its ingress or its egress.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace nvi::bpf {

enum class Direction { ingress, egress };

// Among the others of a hook: by its priority it is called, lowest first, by both it is known again.
struct Place {
    uint32_t priority = 110;
    uint32_t handle = 110;
};

class Classifier {
  public:
    Classifier(std::string device, Direction direction, Place place = {})
        : device_(std::move(device)), direction_(direction), place_(place) {}

    // The id of the program that is attached; 0: none, or no such device.
    uint32_t program() const;

    // Attaches, or replaces what is attached between two packets. Says whether it made the queueing
    // discipline. Throws Error.
    bool attach(int program) const;
    // What is not attached is no error, nor is a device that is gone. Throws Error.
    void detach() const;
    // Takes the queueing discipline away, unless somebody has a filter there, at either hook. None is no
    // error. Throws Error.
    void remove_qdisc() const;

  private:
    std::string device_;
    Direction direction_;
    Place place_;
};

}  // namespace nvi::bpf
