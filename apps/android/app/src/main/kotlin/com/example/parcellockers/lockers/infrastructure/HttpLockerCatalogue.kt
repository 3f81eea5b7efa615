package com.example.parcellockers.lockers.infrastructure

import com.example.parcellockers.lockers.application.LockerCatalogue
import com.example.parcellockers.lockers.domain.Locker
import com.example.parcellockers.lockers.domain.PostalCode
import java.io.IOException
import java.net.URL
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.withContext
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json

class HttpLockerCatalogue(
    private val baseUrl: URL,
    private val ioDispatcher: CoroutineDispatcher,
) : LockerCatalogue {
    override suspend fun lockersNear(postalCode: PostalCode): List<Locker>? = withContext(ioDispatcher) {
        try {
            val body = URL(baseUrl, "/lockers?near=${postalCode.digits}").readText()
            Json.decodeFromString<List<LockerDto>>(body).map(LockerDto::toDomain)
        } catch (_: IOException) {
            null
        }
    }
}

@Serializable
private data class LockerDto(val id: String, val address: String, val freeCompartments: Int) {
    fun toDomain() = Locker(id, address, freeCompartments)
}
