package dev.gantry.runtime;

/** The verbs behind the gRPC face, one class each. */
record Verbs(
    RunPodSandbox runPodSandbox,
    StopPodSandbox stopPodSandbox,
    RemovePodSandbox removePodSandbox,
    CreateContainer createContainer,
    StartContainer startContainer,
    StopContainer stopContainer,
    RemoveContainer removeContainer,
    UpdateContainerResources updateContainerResources,
    CheckpointContainer checkpointContainer,
    ExecSync execSync,
    ReopenLog reopenLog,
    StreamCalls streamCalls) {}
