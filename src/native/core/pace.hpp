// Pace: one thread or all of them, for networks so small that it depends on the machine.
//
// Where cores are idle, a second thread takes a third off a step of 100 µs; where another program is busy on one, each
// barrier may wait milliseconds for it. So both are timed while training goes on: the bits are the same for any number.

#pragma once

#include <algorithm>

namespace chainrule {

class Pace {
public:
    // What the next call is to do: with all threads or with one, and for how many seconds at the most.
    struct Choice {
        bool all;
        double seconds;
    };

    Choice next(double seconds) {
        trial_ = since_trial_ >= pause_;
        all_ = best_ != trial_;
        return {all_, trial_ ? std::min(seconds, seconds_of_a_look) : seconds};
    }

    // What that took. A trial goes on over as many calls as it takes to fill its time.
    void note(double seconds, double rows) {
        if (rows <= 0) return;
        double& mine = seconds_a_row_[all_];
        mine = mine > 0 ? (mine + seconds / rows) / 2 : seconds / rows;
        since_trial_ += seconds;
        trial_seconds_ += trial_ ? seconds : 0;
        if (trial_seconds_ >= seconds_of_a_trial) judge();
    }

private:
    // A trial that finds a busy core costs some milliseconds. The longer one choice has been the better one, the rarer
    // the other is tried.
    static constexpr double seconds_of_a_look = 0.002, seconds_of_a_trial = 0.004;
    static constexpr double shortest_pause = 0.03, longest_pause = 1;

    void judge() {
        const bool better = seconds_a_row_[true] < seconds_a_row_[false];
        pause_ = better == best_ ? std::min(2 * pause_, longest_pause) : shortest_pause;
        best_ = better;
        since_trial_ = trial_seconds_ = 0;
    }

    double seconds_a_row_[2] = {0, 0};  // with one thread, with all; 0: not known yet
    double since_trial_ = 0, trial_seconds_ = 0, pause_ = 0.002;
    bool best_ = false, trial_ = false, all_ = false;
};

}  // namespace chainrule
