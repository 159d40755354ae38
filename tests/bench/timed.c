/* Runs a program and says how long it took: `timed PROGRAM [ARGUMENT]…`. Static and small, for images that have nothing else. */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    double began = now();
    pid_t child = argc > 1 ? fork() : -1;
    int status = 0;
    if (child == 0) {
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        perror("timed");
        return 126;
    }
    printf("\ntimed-seconds: %.4f\n", now() - began);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
