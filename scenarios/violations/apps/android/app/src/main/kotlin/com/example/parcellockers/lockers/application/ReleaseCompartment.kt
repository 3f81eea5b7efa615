package com.example.parcellockers.lockers.application

import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.launch

fun interface CompartmentLock {
    suspend fun unlock(lockerId: String, compartmentId: String): Boolean
}

class ReleaseCompartment(private val lock: CompartmentLock) {
    @OptIn(DelicateCoroutinesApi::class)
    operator fun invoke(lockerId: String, compartmentId: String) {
        GlobalScope.launch {
            while (lock.unlock(lockerId, compartmentId).not()) {
                Thread.sleep(500)
            }
        }
    }
}
