package com.example.parcellockers.lockers.application

import com.example.parcellockers.lockers.domain.Locker
import com.example.parcellockers.lockers.domain.PostalCode

fun interface LockerCatalogue {
    /** The lockers around a postal code, or null when the catalogue cannot be reached. */
    suspend fun lockersNear(postalCode: PostalCode): List<Locker>?
}

/** Lockers close to a person, the ones with most room first. */
class LoadLockers(private val catalogue: LockerCatalogue) {
    suspend operator fun invoke(postalCode: PostalCode): List<Locker>? =
        catalogue.lockersNear(postalCode)
            ?.filter(Locker::hasRoom)
            ?.sortedByDescending(Locker::freeCompartments)
}
