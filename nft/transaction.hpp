// SPDX-License-Identifier: GPL-2.0-or-later
// A set of changes to our table that the kernel makes all at once or not at all.
//
//   nft::Transaction transaction;
//   for (...) transaction.remove(element);
//   for (...) transaction.add(element);
//   transaction.commit(socket, observed.generation);   // Error ERESTART: observe again, make a new one
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gateway/net/error.hpp"
#include "gateway/netlink/socket.hpp"
#include "nft/frame.hpp"
#include "nft/ruleset.hpp"

struct nlmsghdr;

namespace nvi::nft {

// A refused transaction: nothing of it was done. what() names the element or object and has the
// kernel's words.
class TransactionError : public Error {
  public:
    TransactionError(Error error, uint32_t tenant) : Error(std::move(error)), tenant_(tenant) {}
    uint32_t tenant() const { return tenant_; }  // whose element it was; 0: the gateway's own, or none

  private:
    uint32_t tenant_;
};

// Operations take effect in the order of the calls. One element may be removed and then added with
// other data.
class Transaction {
  public:
    Transaction();

    // The table with all that is in it. There has to be one.
    void remove_table();
    // Table, sets, chains and rules, without elements. There must not be one (any more).
    void add_frame(FrameOptions options = {});
    void add(const Element& element);
    void remove(const Element& element);
    // Devices of the flowtable. To add one that is in it changes nothing; to remove one that is not is
    // refused. Before 6.16 a device has to exist, and leaves the flowtable when it is deleted; since then
    // the flowtable keeps the name, and takes the device when it comes (again).
    void add_flow_devices(std::span<const std::string> devices);
    void remove_flow_devices(std::span<const std::string> devices);

    bool empty() const { return messages_ == 0; }
    size_t bytes() const { return data_.size(); }
    // The batch so far, from its first message on, sequence numbers from 1: what commit() sends.
    std::span<const uint8_t> messages();

    // Throws TransactionError when the kernel refuses, with code ERESTART when the ruleset is not of
    // that generation any more. NETLINK_NETFILTER socket. At most once.
    void commit(netlink::Socket& socket, uint32_t generation);

  private:
    static constexpr size_t kNoMessage = SIZE_MAX;

    nlmsghdr* begin_message(unsigned message, uint16_t flags);
    void end_message();
    void put_element(unsigned message, uint16_t flags, const Element& element);
    void close_elements();
    void put_flow_devices(bool addition, std::span<const std::string> devices);
    void object(unsigned message, const std::string& what, const std::function<void(nlmsghdr*)>& build);
    [[noreturn]] void refuse(const std::vector<struct Refusal>& refusals, uint32_t base) const;

    std::vector<uint8_t> data_;  // the batch: begin, messages, end
    size_t open_ = kNoMessage;   // where the message that is being written starts
    size_t list_ = 0;            // where its list of elements starts
    std::string set_;            // whose elements it has
    unsigned type_ = 0;          // NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM
    uint32_t messages_ = 0;
    std::vector<uint32_t> tenants_;            // of the elements, in order
    std::map<uint32_t, std::string> objects_;  // by number of the message: what it makes or removes
};

}  // namespace nvi::nft
