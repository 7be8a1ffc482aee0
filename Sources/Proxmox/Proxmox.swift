/// The wire texts of the hypervisor.
enum Proxmox {}
