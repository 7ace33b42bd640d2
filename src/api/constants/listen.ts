// The longest backlog that `listen` takes where the system has not changed it (net.core.somaxconn), listen(2).

export const SOMAXCONN = 4096;
